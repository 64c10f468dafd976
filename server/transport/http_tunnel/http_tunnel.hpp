// One connection over HTTP requests: a transport without a socket. Frames of the shard wait here until a poll or a stream takes
// them, and again until the client acknowledges them; frames of the client are taken once, in order, whichever request brings
// them: docs/decisions/301-two-way-over-http-requests.md. Lives on its loop's thread; kept alive by its table until it has ended.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/messages/handles.hpp"
#include "server/transport/http_tunnel/downlink.hpp"
#include "server/transport/http_tunnel/stream_response.hpp"
#include "server/transport/http_tunnel/tunnel_call.hpp"
#include "server/transport/http_tunnel/tunnel_limits.hpp"
#include "server/transport/http_tunnel/uplink.hpp"
#include "server/transport/transport.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::transport {

class TunnelTable;

class HttpTunnel final : public Transport, private StreamResponse::Owner {
 public:
  /// `admission` is given back when the connection ends; `table` and `limits` outlive it.
  HttpTunnel(loop::ShardLoop& loop, TunnelTable& table, std::string session, std::string origin, const OpeningDigest& opening,
             net::AdmissionGuard admission, const TunnelLimits& limits);

  [[nodiscard]] const std::string& session() const { return session_; }
  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] const OpeningDigest& opening() const { return opening_; }

  void begin(core::ConnectionId id);
  /// A request of its client.
  void serve(TunnelCall& call);

  void ping() override {}  ///< the PING frame is answered by a request
  void ask_drained() override;
  void close(std::uint16_t code, std::string_view reason) override;
  void flush() override;
  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void drain() override {}  ///< the shard decides
  void abandon() override;

 private:
  struct Poll {
    http::Responder respond;
    std::uint64_t deadline_ms;
  };

  /// Whether the request's numbers fit; it is answered otherwise.
  [[nodiscard]] bool accept_numbers(TunnelCall& call);
  void take_frames(const TunnelRequest& request);
  void end_in_order(TunnelCall& call);
  void park(TunnelCall& call);
  void attach(TunnelCall& call);
  /// The current poll or stream is replaced by a newer one.
  void supersede();

  void answer_poll();
  void feed_stream();
  [[nodiscard]] std::string head() const;
  /// The connection has ended, and everything was given to the current request.
  [[nodiscard]] bool is_over() const { return state_ != State::open && !downlink_.has_next(); }
  [[nodiscard]] bool is_attended() const { return poll_.has_value() || stream_ != nullptr; }
  void expect_request();  ///< from here on, within the idle time
  void report_backlog();
  void report_drained();
  [[nodiscard]] std::uint64_t stalled_ms(std::uint64_t now_ms) const;
  void stream_moved() override;
  void stream_lost() override;
  void begin_closing(std::uint16_t code);
  void end();

  loop::ShardLoop& loop_;
  TunnelTable& table_;
  const TunnelLimits& limits_;
  const std::string session_, origin_;
  const OpeningDigest opening_;
  Downlink downlink_;
  Uplink uplink_;
  std::optional<Poll> poll_;                ///< parked
  std::shared_ptr<StreamResponse> stream_;  ///< never beside a poll
  http::Responder farewell_;                ///< of the request that ended the session, until the flush
  std::uint64_t deadline_ms_ = 0;           ///< of the next request; then of the closing
  std::uint64_t progress_ms_ = 0;           ///< when the client last acknowledged something of what waits
  std::uint16_t close_code_ = 0;
  bool id_was_used_ = false;  ///< the client has the session's id
  bool drained_asked_ = false, backlog_reported_ = false;
};

}  // namespace dialogue::transport
