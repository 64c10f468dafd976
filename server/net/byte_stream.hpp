// The bytes of one connection, both ways, encrypted or not: a socket, and TLS above it if requested. A blocked operation
// returns the event that it waits for. Coroutines wait here while the socket is Asio's; afterwards the owner of the descriptor
// waits. Used by its loop's thread.
#pragma once
#include <sys/uio.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/net/socket.hpp"
#include "server/net/tls.hpp"

namespace dialogue::net {

class ByteStream {
 public:
  enum class Outcome : std::uint8_t { done, wants_read, wants_write, ended };
  /// `size` bytes were taken or given; what is not done waits for the socket, or is over.
  struct Transfer {
    Outcome outcome = Outcome::done;
    std::size_t size = 0;
  };
  template <typename T>
  using Awaitable = boost::asio::awaitable<T, Executor>;

  explicit ByteStream(Socket socket, SslSession tls = nullptr);
  /// Makes the stream of a socket within this process, whose bytes leave the process through another connection's TLS.
  [[nodiscard]] static ByteStream within_tls(Socket socket);
  /// Makes the stream, without TLS, of a descriptor that never was Asio's.
  explicit ByteStream(Descriptor descriptor) : detached_(std::move(descriptor)) {}

  [[nodiscard]] bool is_open() const { return detached_.get() >= 0 || (socket_ && socket_->is_open()); }
  /// Removes the descriptor from Asio: afterwards its owner waits by descriptor(), and no coroutine may use the stream.
  void detach();
  [[nodiscard]] int descriptor() { return detached_.get() >= 0 ? detached_.get() : socket_->native_handle(); }
  [[nodiscard]] bool is_encrypted() const { return tls_ != nullptr || is_within_tls_; }
  /// Whether the peers have agreed on HTTP/2 in the TLS handshake.
  [[nodiscard]] bool speaks_http2() const;

  /// done: at least one byte.
  [[nodiscard]] Transfer receive(std::span<char> into);
  /// Whether bytes were received already that no wait for the socket will announce.
  [[nodiscard]] bool has_unread() const { return tls_ && SSL_pending(tls_.get()) > 0; }
  /// May take bytes that it cannot send yet: has_unsent() then, and another call, with or without more, sends them.
  [[nodiscard]] Transfer send(std::span<const iovec> parts);
  [[nodiscard]] bool has_unsent() const { return unsent_ != nullptr; }
  /// Bytes that were taken and that the system, or the connection whose TLS they leave by, has not taken yet.
  [[nodiscard]] std::size_t waiting() {
    return (unsent_ ? unsent_->size() : 0) + (is_within_tls_ && is_open() ? unacknowledged() : 0);
  }

  /// Nothing more will be sent. What was not received can still be.
  void shut_down_sending();
  void close();
  /// Ends what a coroutine waits for here, with an error; the channel stays.
  void cancel();
  /// Bytes that were handed to the system and that the peer has not taken.
  [[nodiscard]] std::uint32_t unacknowledged();
  /// The system takes no more while it has this many bytes that it has not sent.
  void limit_unsent(int bytes);
  /// Closes by a reset: what the peer has not taken is thrown away, and the system keeps nothing for it.
  void abort();

  // For coroutines; nothing else may be under way on the channel meanwhile. A peer that reads and writes as fast as the server
  // does holds no thread: read_some() and write() give it back now and then, also where they need not wait.
  /// The server's side of the handshake. Where the peer does not speak TLS but something else, the channel is without it from
  /// there on and nothing was received: `is_encrypted()` is false.
  [[nodiscard]] Awaitable<error_code> accept_tls();
  /// At least one byte, or an error.
  [[nodiscard]] Awaitable<std::pair<error_code, std::size_t>> read_some(boost::asio::mutable_buffer into);
  /// Waits until the peer closes (true) or bytes arrive (false; they stay unread). Another coroutine may read or write.
  [[nodiscard]] Awaitable<bool> peer_left();
  /// read_some() without TLS, before its handshake; the bytes can be read again.
  [[nodiscard]] Awaitable<std::pair<error_code, std::size_t>> peek_below_tls(std::span<char> into);
  /// Takes as much of what was peeked at.
  [[nodiscard]] error_code take_below_tls(std::span<char> into);
  /// All of it, or an error.
  [[nodiscard]] Awaitable<error_code> write(std::string_view first, std::string_view second);

 private:
  [[nodiscard]] Transfer receive_plain(std::span<char> into, int flags = 0);
  [[nodiscard]] Transfer send_plain(const char* bytes, std::size_t count);
  [[nodiscard]] Transfer send_gathered(std::span<const iovec> parts);
  [[nodiscard]] Transfer send_encrypted(std::span<const iovec> parts);
  [[nodiscard]] Outcome outcome_of(int result);
  [[nodiscard]] Awaitable<error_code> wait_for(Outcome outcome);
  /// After kUnwaitedMax calls in a row that did not wait: what else is ready comes first.
  [[nodiscard]] Awaitable<void> take_turns();

  std::unique_ptr<Socket> socket_;  ///< null once it was detached
  Descriptor detached_;
  bool is_within_tls_ = false;
  std::uint8_t unwaited_ = 0;  ///< calls of coroutines since the last one that waited
  SslSession tls_;
  std::unique_ptr<std::string> unsent_;  ///< plain bytes that TLS has begun to send: they must come again, and count as sent
};

}  // namespace dialogue::net
