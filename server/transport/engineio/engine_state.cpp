// See engine_state.hpp.
#include "server/transport/engineio/engine_state.hpp"

namespace dialogue::transport {
namespace {

constexpr std::string_view kProbe = "probe";

}  // namespace

EngineState::Poll EngineState::begin_poll() {
  if (carrier_ != Carrier::polling) return Poll::refused;
  if (has_poll_) return Poll::overlap;
  has_poll_ = true;
  return Poll::parked;
}

bool EngineState::begin_upgrade(std::uint64_t now_ms) {
  if (carrier_ != Carrier::polling || stage_ != Stage::none) return false;
  stage_ = Stage::connected;
  upgrade_by_ms_ = now_ms + limits_.upgrade_timeout_ms;
  return true;
}

// A due pong gets a new deadline: a client holds back its packets until the upgrade is over.
void EngineState::end_upgrade(std::uint64_t now_ms) {
  stage_ = Stage::none;
  if (pong_by_ms_ != kNever) pong_by_ms_ = now_ms + limits_.ping_timeout_ms;
}

EngineState::Step EngineState::on_packet(const EnginePacket& packet, std::uint64_t now_ms) {
  switch (packet.type) {
    case EnginePacketType::message:
      return Step::deliver;
    case EnginePacketType::pong:
      pong_by_ms_ = kNever;
      ping_at_ms_ = now_ms + limits_.ping_interval_ms;
      return Step::nothing;
    case EnginePacketType::close:
      return Step::close_in_order;
    case EnginePacketType::upgrade:
    case EnginePacketType::noop:
      return Step::nothing;
    case EnginePacketType::open:
    case EnginePacketType::ping:  // the server pings
      break;
  }
  return Step::close;
}

EngineState::Step EngineState::on_candidate_packet(const EnginePacket& packet, std::uint64_t now_ms) {
  if (packet.type == EnginePacketType::ping && packet.data == kProbe) {
    stage_ = Stage::probed;
    return Step::answer_probe;
  }
  if (packet.type != EnginePacketType::upgrade || stage_ != Stage::probed) return Step::drop_candidate;
  end_upgrade(now_ms);
  carrier_ = Carrier::websocket;
  return Step::upgraded;
}

// The heartbeat waits for the end of an upgrade, which has a deadline of its own.
EngineState::Due EngineState::on_time(std::uint64_t now_ms) {
  if (is_upgrading()) return now_ms >= upgrade_by_ms_ ? Due::drop_candidate : Due::nothing;
  if (now_ms >= pong_by_ms_) return Due::close;
  if (now_ms < ping_at_ms_) return Due::nothing;
  ping_at_ms_ = kNever;
  pong_by_ms_ = now_ms + limits_.ping_timeout_ms;
  return Due::ping;
}

std::uint64_t EngineState::next_ms() const {
  if (is_upgrading()) return upgrade_by_ms_;
  return std::min(ping_at_ms_, pong_by_ms_);
}

}  // namespace dialogue::transport
