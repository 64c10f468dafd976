// Publishing, joining at a position, and what a member was told: for the tests of catching up.
#pragma once
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include "server/core/session/catch_up.hpp"
#include "tests/server/core/support/cluster.hpp"
#include "tests/server/core/support/referee.hpp"

namespace dialogue::testing {

using namespace core;

inline std::unique_ptr<ShardConfig> durable_config_keeping(std::uint64_t events) {
  auto config = test_config();
  config->has_durable_store = true;
  for (RoomDefinition& room : config->definitions.rooms) room.retention = {events, std::nullopt};
  return config;
}

/// The sequences that a client was told, each once: EVENT as it is, SKIP and GAP in brackets.
inline std::string told(const Frames& frames) {
  std::string text;
  for (const std::string& line : frames) {
    Frame frame;
    demand(read_frame(line, frame) == ErrorCode::ok, line);
    if (frame.type == FrameType::event) text += " " + std::to_string(frame.integers[2]);
    if (frame.type == FrameType::skip)
      text += " (" + std::to_string(frame.integers[1]) + "-" + std::to_string(frame.integers[2]) + ")";
    if (frame.type == FrameType::gap)
      text += " gap(" + std::to_string(frame.integers[1]) + "-" + std::to_string(frame.integers[2]) + ":" +
              std::to_string(frame.integers[3]) + ")";
  }
  return text;
}

inline void publish(Client& client, const Joined& room, int count, std::uint64_t event = kMessage) {
  for (int i = 0; i < count; ++i) client.publish(room.room, event, 1, kHi);
  client.take();
}

inline void join_since(Client& client, const Joined& room, std::uint64_t seq, std::string_view options = "{}") {
  client.send(frame({FrameType::join, 5, 2, room.epoch, seq}, "\"chat\"," + std::string(options)));
}

}  // namespace dialogue::testing
