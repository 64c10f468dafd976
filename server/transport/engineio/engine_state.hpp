// The state machine of an Engine.IO session: heartbeat, upgrade, and which request closes it. Sans-io: requests, packets and
// the time are passed in, verdicts are returned; the session has the sockets and the queue. Not thread-safe.
//
//   polling  --- a WebSocket comes, "2probe" on it --->  probing  --- "5" on it --->  websocket
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include "server/transport/engineio/engine_limits.hpp"
#include "server/transport/engineio/engine_packet.hpp"

namespace dialogue::transport {

class EngineState {
 public:
  enum class Carrier : std::uint8_t { polling, websocket };

  /// `limits` outlive it.
  EngineState(Carrier carrier, const EngineLimits& limits, std::uint64_t now_ms)
      : limits_(limits), ping_at_ms_(now_ms + limits.ping_interval_ms), carrier_(carrier) {}

  [[nodiscard]] Carrier carrier() const { return carrier_; }

  /// parked: answer it once there is something. overlap: one is parked already, and the session closes. refused: polls carry the
  /// session no longer.
  enum class Poll : std::uint8_t { parked, overlap, refused };
  [[nodiscard]] Poll begin_poll();
  void end_poll() { has_poll_ = false; }
  [[nodiscard]] bool takes_posts() const { return carrier_ == Carrier::polling; }
  /// A poll that is parked is answered with a noop, since the client waits for its end before it upgrades.
  [[nodiscard]] bool releases_polls() const { return stage_ == Stage::probed; }

  /// A WebSocket with this session's id has come. False: it is not wanted.
  [[nodiscard]] bool begin_upgrade(std::uint64_t now_ms);
  /// It has gone without an upgrade.
  void end_upgrade(std::uint64_t now_ms);
  [[nodiscard]] bool is_upgrading() const { return stage_ != Stage::none; }

  /// nothing: it is done with. deliver: a message. answer_probe: send "3probe" on the candidate. upgraded: the candidate carries
  /// the session. drop_candidate: it broke the rules, or came too late. close: the session ends; in_order: the client wants that.
  enum class Step : std::uint8_t { nothing, deliver, answer_probe, upgraded, drop_candidate, close, close_in_order };
  /// Decides about a packet from what carries the session.
  [[nodiscard]] Step on_packet(const EnginePacket& packet, std::uint64_t now_ms);
  /// Decides about a packet from the candidate, the WebSocket that may carry the session next.
  [[nodiscard]] Step on_candidate_packet(const EnginePacket& packet, std::uint64_t now_ms);

  enum class Due : std::uint8_t { nothing, ping, drop_candidate, close };
  [[nodiscard]] Due on_time(std::uint64_t now_ms);
  /// When on_time() has something next.
  [[nodiscard]] std::uint64_t next_ms() const;

 private:
  enum class Stage : std::uint8_t { none, connected, probed };
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  const EngineLimits& limits_;
  std::uint64_t ping_at_ms_, pong_by_ms_ = kNever, upgrade_by_ms_ = kNever;
  Carrier carrier_;
  Stage stage_ = Stage::none;  ///< of an upgrade
  bool has_poll_ = false;
};

}  // namespace dialogue::transport
