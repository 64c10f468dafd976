// The plan of a run of the load. A plain value.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "server/load/protocol/protocol_template.hpp"
#include "server/load/wire/target.hpp"
#include "server/load/wire/tls.hpp"

namespace dialogue::load {

enum class Mode : std::uint8_t {
  rate,       ///< a fixed number of publications a second, whatever is received
  saturated,  ///< each publisher has `in_flight` publications that it has not received (or seen acknowledged) itself
  ping_pong,  ///< two members of a room answer each other
  idle,       ///< join and stay
  storm,      ///< all members join concurrently and request the room's newest events
};

struct Plan {
  Target target;
  TlsTrust trust;                           ///< where the target is secure
  std::optional<ProtocolTemplate> dialect;  ///< absent: Dialogue's own protocol
  std::optional<TemplateText> stream;       ///< path of a push stream, by which members listen who do not publish; absent: none
  std::string event = "message", token, room_pattern = "bench-{id}";
  Mode mode = Mode::rate;
  std::uint32_t clients = 100, rooms = 1;
  std::uint32_t publishers = 1;  ///< in each room
  std::uint32_t connect_at_once = 200;
  double rate = 100;  ///< publications a second, of all together
  std::uint32_t burst = 1;
  std::uint32_t seconds = 10;
  std::uint32_t in_flight = 1;
  std::uint32_t history = 100;  ///< Mode::storm: events that each room has
  std::uint32_t stalled = 0;    ///< members that stop reading until all others have everything
  std::size_t body_bytes = 100;
  bool is_deaf = false;  ///< members subscribe to nothing, and publish on acknowledgements
  int server_pid = 0;    ///< whose CPU time and memory is reported; 0: none
};

}  // namespace dialogue::load
