// The WebSocket of an Engine.IO session: messages that come go to the session, packets leave as messages. It belongs to a
// session, which receives what becomes of it, until it ends or is released. Lives on its loop's thread; kept alive by the socket
// set.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "server/loop/socket_set.hpp"
#include "server/net/admission_guard.hpp"
#include "server/net/byte_stream.hpp"
#include "server/net/expirable.hpp"
#include "server/transport/engineio/engine_client.hpp"
#include "server/transport/engineio/engine_writer.hpp"
#include "server/transport/websocket/websocket_limits.hpp"
#include "server/transport/websocket/websocket_reader.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::transport {

class EngineSocket final : public loop::SocketListener, public net::Expirable, public std::enable_shared_from_this<EngineSocket> {
 public:
  class Owner {
   public:
    /// May be changed in place; text is UTF-8.
    virtual void socket_message(EngineSocket& socket, std::span<char> data, bool is_binary) = 0;
    /// All that was read at once has been shown.
    virtual void socket_read(EngineSocket& socket) = 0;
    /// It has taken some of what waited.
    virtual void socket_moved(EngineSocket& socket) = 0;
    /// The peer broke the rules of WebSocket: `code`, and why in words. What is pushed now still leaves; socket_lost() is next.
    virtual void socket_violated(EngineSocket& socket, ErrorCode code, std::string_view why) = 0;
    /// The peer has closed it, or it is gone. Released already.
    virtual void socket_lost(EngineSocket& socket, EngineEnd how) = 0;

   protected:
    ~Owner() = default;
  };

  /// `limits` outlive it. `admission` is of the socket.
  EngineSocket(loop::ShardLoop& loop, net::ByteStream stream, net::AdmissionGuard admission, const WebSocketLimits& limits);

  /// `answer` to the handshake goes first; `received` came behind the request. False: the system has no memory for it, and it has
  /// closed. `owner` releases it before it ends itself.
  bool begin(Owner* owner, std::string answer);
  /// Reads what came with the handshake; once, after begin().
  void read_first(std::string received);

  [[nodiscard]] EngineWriter& writer() { return writer_; }
  /// Sends what waits, as much as the socket takes. May call socket_lost().
  void flush();
  /// All that was pushed has been taken by the system.
  [[nodiscard]] bool is_written() const { return writer_.empty() && !stream_.has_unsent(); }
  /// Bytes of what was pushed that the system has not taken.
  [[nodiscard]] std::size_t waiting() { return writer_.bytes() + stream_.waiting(); }
  /// How long the peer has taken nothing of what waits, 0 where nothing does.
  [[nodiscard]] std::uint64_t stalled_ms(std::uint64_t now_ms);

  /// The owner receives nothing more. What was pushed still leaves, then a Close with this code.
  void release(std::uint16_t code, std::string_view reason);
  void close();

  void on_ready(bool readable, bool writable) override;
  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void drain() override {}  ///< its session decides
  void abandon() override { close(); }

 private:
  enum class Phase : std::uint8_t { open, closing, lingering, closed };

  void read();
  void consume(std::span<char> input);
  void on_event(const WebSocketEvent& event);
  void written();
  void ended_by_peer(const WebSocketEvent& event);
  void lose();
  void linger();
  void end_within_limit();

  loop::ShardLoop& loop_;
  net::ByteStream stream_;
  net::AdmissionGuard admission_;
  WebSocketReader reader_;
  EngineWriter writer_;
  Owner* owner_ = nullptr;
  std::uint64_t progress_ms_ = 0, deadline_ms_ = 0;
  std::size_t unacknowledged_ = 0;
  Phase phase_ = Phase::open;
  bool write_waits_ = false, shut_ = false;
};

}  // namespace dialogue::transport
