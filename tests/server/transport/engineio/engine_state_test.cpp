// What an Engine.IO session may do next: heartbeat, upgrade, and what closes it. Times are numbers.
#include "server/transport/engineio/engine_state.hpp"

#include <catch2/catch.hpp>

namespace dialogue::transport {
namespace {

using Carrier = EngineState::Carrier;
using Due = EngineState::Due;
using Step = EngineState::Step;

const EngineLimits& limits() {
  static const EngineLimits limits = [] {
    EngineLimits its;
    its.ping_interval_ms = 300;
    its.ping_timeout_ms = 200;
    its.upgrade_timeout_ms = 1000;
    return its;
  }();
  return limits;
}

EnginePacket packet(EnginePacketType type, std::string_view data = {}) { return {type, data}; }

}  // namespace

TEST_CASE("the server pings, a pong moves the next ping, and a missing one closes") {
  EngineState state(Carrier::polling, limits(), 0);
  CHECK(state.next_ms() == 300);
  CHECK(state.on_time(299) == Due::nothing);
  CHECK(state.on_time(300) == Due::ping);
  CHECK(state.on_time(301) == Due::nothing);
  CHECK(state.next_ms() == 500);
  CHECK(state.on_packet(packet(EnginePacketType::pong), 400) == Step::nothing);
  CHECK(state.next_ms() == 700);
  CHECK(state.on_time(700) == Due::ping);
  CHECK(state.on_time(899) == Due::nothing);
  CHECK(state.on_time(900) == Due::close);
}

TEST_CASE("a ping or an opening of the client closes, a noop does nothing") {
  EngineState state(Carrier::websocket, limits(), 0);
  CHECK(state.on_packet(packet(EnginePacketType::message, "a"), 0) == Step::deliver);
  CHECK(state.on_packet(packet(EnginePacketType::noop), 0) == Step::nothing);
  CHECK(state.on_packet(packet(EnginePacketType::close), 0) == Step::close_in_order);
  CHECK(state.on_packet(packet(EnginePacketType::ping), 0) == Step::close);
  CHECK(state.on_packet(packet(EnginePacketType::open), 0) == Step::close);
}

TEST_CASE("a poll beside another one overlaps, one after it does not") {
  EngineState state(Carrier::polling, limits(), 0);
  CHECK(state.begin_poll() == EngineState::Poll::parked);
  CHECK(state.begin_poll() == EngineState::Poll::overlap);
  state.end_poll();
  CHECK(state.begin_poll() == EngineState::Poll::parked);
}

TEST_CASE("an upgrade is a probe and its confirmation; then polls are refused") {
  EngineState state(Carrier::polling, limits(), 0);
  CHECK(state.begin_poll() == EngineState::Poll::parked);
  CHECK(state.begin_upgrade(10));
  CHECK_FALSE(state.releases_polls());
  CHECK(state.on_candidate_packet(packet(EnginePacketType::ping, "probe"), 11) == Step::answer_probe);
  CHECK(state.releases_polls());
  CHECK(state.on_candidate_packet(packet(EnginePacketType::upgrade), 12) == Step::upgraded);
  CHECK(state.carrier() == Carrier::websocket);
  CHECK_FALSE(state.takes_posts());
  CHECK(state.begin_poll() == EngineState::Poll::refused);
  CHECK_FALSE(state.begin_upgrade(13));
}

TEST_CASE("one upgrade may be in progress, and a packet that is not a probe ends it") {
  EngineState state(Carrier::polling, limits(), 0);
  CHECK(state.begin_upgrade(0));
  CHECK_FALSE(state.begin_upgrade(0));
  CHECK(state.on_candidate_packet(packet(EnginePacketType::upgrade), 0) == Step::drop_candidate);
  CHECK(state.on_candidate_packet(packet(EnginePacketType::message, "a"), 0) == Step::drop_candidate);
  CHECK(state.on_candidate_packet(packet(EnginePacketType::ping, "other"), 0) == Step::drop_candidate);
  state.end_upgrade(0);
  CHECK(state.begin_upgrade(0));
}

TEST_CASE("the heartbeat waits during an upgrade, which has a separate deadline") {
  EngineState state(Carrier::polling, limits(), 0);
  CHECK(state.begin_upgrade(250));
  CHECK(state.on_time(300) == Due::nothing);
  CHECK(state.next_ms() == 1250);
  CHECK(state.on_time(1250) == Due::drop_candidate);
  state.end_upgrade(1250);
  CHECK(state.on_time(1250) == Due::ping);
}

TEST_CASE("a pong that was due when an upgrade began gets its time again") {
  EngineState state(Carrier::polling, limits(), 0);
  CHECK(state.on_time(300) == Due::ping);
  CHECK(state.begin_upgrade(350));
  CHECK(state.on_candidate_packet(packet(EnginePacketType::ping, "probe"), 400) == Step::answer_probe);
  CHECK(state.on_time(600) == Due::nothing);
  CHECK(state.on_candidate_packet(packet(EnginePacketType::upgrade), 600) == Step::upgraded);
  CHECK(state.on_time(799) == Due::nothing);
  CHECK(state.on_time(800) == Due::close);
}

}  // namespace dialogue::transport
