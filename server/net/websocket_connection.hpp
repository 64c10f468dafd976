// One WebSocket after its handshake: a pump between a socket and its shard. Idle, it holds no buffer and no coroutine: its loop's
// socket set has its descriptor. Reading uses the loop's shared buffer; sending is one gathered write per turn of the loop.
// Lives on its loop's thread; kept alive by the socket set until it has ended.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "server/core/messages/actions.hpp"
#include "server/core/util/rate_meter.hpp"
#include "server/net/channel.hpp"
#include "server/net/counted_in.hpp"
#include "server/net/opening.hpp"
#include "server/net/socket_set.hpp"
#include "server/net/swept.hpp"
#include "server/net/websocket_reader.hpp"
#include "server/net/websocket_writer.hpp"

namespace dialogue {

class ShardLoop;

class WebSocketConnection : public Swept, public SocketListener, public std::enable_shared_from_this<WebSocketConnection> {
 public:
  /// `counted` is given back when the connection ends.
  WebSocketConnection(ShardLoop& loop, Channel channel, CountedIn counted, const WebSocketLimits& limits);

  void open(ConnectionId id, Opening opening);
  [[nodiscard]] ConnectionId id() const { return id_; }
  [[nodiscard]] const AddressLimits::Account& account() const { return counted_.address.account(); }
  /// A token of this connection was refused (in HELLO, REFRESH or JOIN).
  void failed_login(std::uint64_t now_ms);
  /// Whether so many were that the next one is not even looked at.
  [[nodiscard]] bool failed_too_often(std::uint64_t now_ms) const;

  // What the shard decided. Nothing is sent before the turn's flush().
  void send(SharedBytes text, std::uint32_t frames = 1);
  void ping();
  /// Tells the loop when everything that waits has been taken by the socket; at the next flush at the earliest.
  void ask_drained();
  void close(std::uint16_t code, std::string_view reason);

  /// Has the processor fetch what flush() will look at first: the connection, and once that is there, what it sends.
  void prefetch() const;
  void prefetch_texts() const { writer_.prefetch(); }
  /// Sends what waits. Called by the loop at the end of a turn in which this connection asked for it.
  void flush();
  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void drain() override {}  ///< the shard decides
  void abandon() override { end(); }
  void on_ready(bool readable, bool writable) override;
  void expect() const override;

 private:
  /// open: both ways. closing: our Close is queued, the peer's is awaited. lingering: both are done, or the peer broke the rules;
  /// what still comes is dropped until the peer closes. ended: the socket is closed.
  enum class State : std::uint8_t { open, closing, lingering, ended };

  void read();
  void consume(std::span<char> input);
  void on_event(const WebSocketEvent& event);
  void on_close(const WebSocketEvent& event);
  void fail(std::uint16_t code, std::string_view reason, ErrorCode error);
  /// Looks what the peer has taken; whether something is left.
  bool note_progress(std::uint64_t now_ms);
  void wait_writable(bool waits);
  void write();
  void linger();
  enum class Ending : std::uint8_t { close, reset };
  void end(Ending ending = Ending::close);
  void ask_flush();
  /// Tells the shard what waits, as long as something does, and once when nothing does any more.
  void report_backlog();
  void tell_drained();

  ShardLoop& loop_;
  Channel channel_;
  CountedIn counted_;
  WebSocketReader reader_;
  WebSocketWriter writer_;
  ConnectionId id_ = 0;
  RateMeter failed_logins_;
  std::uint64_t closing_deadline_ms_ = 0;
  std::uint64_t progress_ms_ = 0;   ///< when the peer last took a byte of what waits
  std::size_t unacknowledged_ = 0;  ///< what waits in the kernel, as last seen
  State state_ = State::open;
  bool flush_asked_ = false, drained_asked_ = false, write_waits_ = false, shut_ = false, backlog_reported_ = false;
  bool is_pinged_ = false;  ///< and something before the ping may not have left yet
};

}  // namespace dialogue
