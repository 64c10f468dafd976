// One WebSocket of the load over one non-blocking socket: connecting, TLS where that is wanted, the handshake, frames in, frames
// out. What is sent within a
// turn of the loop leaves with one write at its end. Idle, it holds no buffer but what a string keeps. Used by the loop's thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/load/wire/target.hpp"
#include "server/load/wire/tls.hpp"
#include "server/net/websocket_frame.hpp"

namespace dialogue::load {

/// What every wire of a run shares.
struct WebSocketClientContext {
  int epoll = -1;
  SocketAddress address;
  std::string authority;
  const TlsContext* tls = nullptr;  ///< absent: without TLS
  std::span<char> buffer;           ///< one read at a time goes here
  std::uint64_t random_state = 1;   ///< of masking keys and handshake keys; never 0
  std::uint64_t now_us = 0;         ///< set by the loop before each call
  [[nodiscard]] std::uint64_t random();
};

class WebSocketClient {
 public:
  /// Who hears what the wire brings. Texts and binary messages are told alike; views are good during the call.
  class Listener {
   public:
    /// `answer` is the head of the peer's answer to the handshake.
    virtual void opened(std::string_view answer) = 0;
    virtual void heard(std::string_view message) = 0;
    /// The connection has ended, or could not be made; `code` is the close code where there was one, else 0. `is_refused`: the
    /// peer's answer is no WebSocket's, and would be the same the next time.
    virtual void ended(std::uint16_t code, const std::string& why, bool is_refused) = 0;

   protected:
    ~Listener() = default;
  };

  WebSocketClient(WebSocketClientContext& context, Listener& listener) : context_(context), listener_(listener) {}
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;
  ~WebSocketClient() { release(); }

  /// How much the system takes for us while we do not read, in bytes; 0: as it likes. For the next open().
  void set_receive_buffer(int bytes) { receive_buffer_ = bytes; }
  /// Begins to connect; opened() or ended() follows. `subprotocols` are offered as they are; empty: none.
  void open(std::string_view path, std::string_view subprotocols);
  /// epoll said so; `events` are its.
  void ready(std::uint32_t events);
  /// Queues a message; flush() sends it.
  void send(Opcode opcode, std::string_view payload);
  void flush();
  /// Queues a Close and tells the listener nothing more; the socket goes with the peer's answer, or with release().
  void close(std::uint16_t code);
  /// Gives the socket back now, with a reset: a generator that came and went must not leave thousands of ports behind.
  void release();
  /// Stops and begins to take what comes.
  void set_reading(bool is_reading);

  [[nodiscard]] bool is_open() const { return state_ == State::open; }
  [[nodiscard]] bool is_there() const { return socket_ >= 0; }
  [[nodiscard]] std::size_t unsent() const { return out_.size(); }

 private:
  enum class State : std::uint8_t { none, connecting, securing, upgrading, open, closing };
  using Transfer = TlsSession::Transfer;

  void connected();
  void secure();
  void ask();
  void read();
  /// Through TLS or not. What has ended was told by receive().
  [[nodiscard]] Transfer receive();
  [[nodiscard]] Transfer transmit(std::string_view bytes);
  void take(std::string_view bytes);
  [[nodiscard]] bool take_answer(std::string_view& bytes);
  /// False when the connection has ended by it.
  [[nodiscard]] bool take_message(const struct ScannedFrame& frame);
  void fail(std::uint16_t code, const std::string& why, bool is_refused = false);
  void watch();

  WebSocketClientContext& context_;
  Listener& listener_;
  std::string in_;       ///< what has come of a frame that is not whole
  std::string message_;  ///< fragments of a message that is not whole
  std::string out_;      ///< what was not sent
  std::string path_, subprotocols_;
  std::optional<TlsSession> tls_;
  int socket_ = -1;
  int receive_buffer_ = 0;
  State state_ = State::none;
  bool is_reading_ = true;
  bool waits_for_room_ = false;  ///< the socket takes nothing more at present
};

}  // namespace dialogue::load
