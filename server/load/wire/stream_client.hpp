// A client's connection over one non-blocking socket: connecting, TLS if requested, bytes in, bytes out. The derived client
// interprets the bytes. Data sent within a turn of the loop leaves with one write at its end. Idle, it holds no buffer but a
// string's capacity. Used by the loop's thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/load/wire/target.hpp"
#include "server/load/wire/tls.hpp"

namespace dialogue::load {

/// The state that all connections of a run share.
struct StreamClientContext {
  int epoll = -1;  ///< its events' data.ptr is a StreamClient
  SocketAddress address;
  std::string authority;
  const TlsContext* tls = nullptr;  ///< absent: without TLS
  std::span<char> buffer;           ///< one read at a time goes here
  std::uint64_t random_state = 1;   ///< of masking keys and handshake keys; never 0
  std::uint64_t now_us = 0;         ///< set by the loop before each call
  [[nodiscard]] std::uint64_t random();
};

class StreamClient {
 public:
  /// The listener of the connection. Views are valid during the call.
  class Listener {
   public:
    /// The connection is open. `answer`: the head of the peer's response to the handshake; empty for a protocol without one.
    virtual void opened(std::string_view answer) = 0;
    /// Called with received frames, with LF between them.
    virtual void heard(std::string_view message) = 0;
    /// The connection has ended, or could not be opened. `code`: the close code, or 0 without one. `is_refused`: the peer does
    /// not speak this protocol, so retrying is useless.
    virtual void ended(std::uint16_t code, const std::string& why, bool is_refused) = 0;

   protected:
    ~Listener() = default;
  };

  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;
  virtual ~StreamClient() { release(); }

  /// Sets the size of the system's receive buffer in bytes, for the next connection; 0: the system's default.
  void set_receive_buffer(int bytes) { receive_buffer_ = bytes; }
  /// Handles epoll's `events` for the socket.
  void ready(std::uint32_t events);
  /// Queues a message of frames; flush() sends it.
  virtual void send_frames(std::string_view frames) = 0;
  void flush();
  /// Queues the end and notifies the listener no more; the socket is closed with the peer's answer, or with release().
  virtual void close(std::uint16_t code) = 0;
  /// Gives the socket back now, with a reset: a generator that came and went must not leave thousands of ports behind.
  void release();
  /// Stops and begins to take what comes.
  void set_reading(bool is_reading);

  [[nodiscard]] bool is_open() const { return state_ == State::open; }
  [[nodiscard]] bool is_there() const { return socket_ >= 0; }
  [[nodiscard]] std::size_t unsent() const { return out_.size(); }

 protected:
  enum class State : std::uint8_t { none, connecting, securing, upgrading, open, closing };

  StreamClient(StreamClientContext& context, Listener& listener) : context_(context), listener_(listener) {}

  /// Begins to connect; begin() or Listener::ended() follows.
  void connect_socket();
  /// The stream is connected, TLS included: sends the first data, and sets the state.
  virtual void begin() = 0;
  /// Handles the received bytes that were not handled yet, and passes an incomplete rest to keep().
  virtual void take(std::string_view bytes) = 0;
  /// Frees a message's buffer. Called by release().
  virtual void forget() {}

  /// Whether the head of an HTTP response is at the front of `bytes` and begins with `granted`: then it is cut off there, and
  /// given to Listener::opened(). Else it is kept until it is whole, or the connection fails. `what` was asked for, in words.
  [[nodiscard]] bool take_http_head(std::string_view& bytes, std::string_view granted, const std::string& what);
  /// What is not whole yet, for the next take().
  void keep(std::string_view bytes) { in_ = bytes; }
  void fail(std::uint16_t code, const std::string& why, bool is_refused = false);
  void watch();
  static void give_back(std::string& text);

  StreamClientContext& context_;
  Listener& listener_;
  std::string out_;  ///< what was not sent
  State state_ = State::none;

 private:
  using Transfer = TlsSession::Transfer;

  void connected();
  void secure();
  void stand();
  void read();
  /// Through TLS or not. Ends were reported by receive().
  [[nodiscard]] Transfer receive();
  [[nodiscard]] Transfer transmit(std::string_view bytes);

  std::string in_;  ///< what has come of a frame or line that is not whole
  std::optional<TlsSession> tls_;
  int socket_ = -1;
  int receive_buffer_ = 0;
  bool is_reading_ = true;
  bool waits_for_room_ = false;  ///< the socket takes nothing more at present
};

}  // namespace dialogue::load
