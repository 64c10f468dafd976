// A server that means harm, or is broken: the client says so, comes back after a while, and its memory stays bounded.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "client-wasm/core/incoming.hpp"
#include "tests/client-wasm/world.hpp"

namespace dialogue::client::testing {

TEST_CASE("only frames of a server in their documented form are read") {
  CHECK(read_incoming(std::vector<double>{36, 1, 2, 3, 4}, 8));
  CHECK(read_incoming(std::vector<double>{36, 0, 0, 0, 9007199254740991.0}, 8));
  CHECK_FALSE(read_incoming({}, 0));
  CHECK_FALSE(read_incoming(std::vector<double>{1, 1, 0, 0}, 5));      // a client's
  CHECK_FALSE(read_incoming(std::vector<double>{99}, 1));              // nobody's
  CHECK_FALSE(read_incoming(std::vector<double>{36, 1, 2, 3}, 8));     // too few numbers
  CHECK_FALSE(read_incoming(std::vector<double>{36, 1, 2, 3, 4}, 7));  // too few elements
  CHECK_FALSE(read_incoming(std::vector<double>{36, 1, 2, 3, 4}, 9));  // too many
}

TEST_CASE("R-30 numbers that are not integers in 0 to 2^53-1 are not taken") {
  const double bad = GENERATE(-1.0, 0.5, 9007199254740992.0, 1e300, std::numeric_limits<double>::quiet_NaN(),
                              std::numeric_limits<double>::infinity());
  CHECK_FALSE(read_incoming(std::vector<double>{36, 1, 2, bad, 4}, 8));
  CHECK_FALSE(read_incoming(std::vector<double>{bad, 1, 2, 3, 4}, 8));
}

TEST_CASE("R-97 garbage is reported as an error, and the connection is replaced after a pause") {
  World world;
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  world.pass(100'000);
  world.say(ann, "garbage");
  CHECK(ann.faults == std::vector{ErrorCode::frame_malformed});
  CHECK(ann.core.state() == State::reconnecting);
  CHECK(ann.core.deadline() <= world.now() + kReconnectDelayMinMs);
  world.pass(1'000);
  CHECK(ann.result(ann.publish(chat, "message", "1")).code == ErrorCode::ok);
}

TEST_CASE("R-97 a server that sends only garbage is contacted ever more rarely") {
  World world;
  Peer& ann = world.add("ann");
  for (int i = 0; i < 50; ++i) {
    world.say(ann, "garbage");
    world.pass(kReconnectDelayMaxMs);
  }
  CHECK(ann.opens <= 51);
}

TEST_CASE("frames before WELCOME, a second WELCOME and another version are faults") {
  const char* frame = GENERATE("[36,1,1,1,1,\"a\",0,1]", "[44,1]", "[33,2,0,0,1,1,1,{}]");
  World world;
  world.mute(true);
  Peer& ann = world.add("ann");
  world.say(ann, frame);
  CHECK(ann.faults.size() == 1);
  world.mute(false);
  world.pass(30'000);
  CHECK(ann.core.state() == State::connected);
  world.say(ann, "[33,1,0,0,25000,1,1,{}]");
  CHECK(ann.faults.size() == 2);
}

TEST_CASE("R-97 a server cannot make the client sleep indefinitely") {
  World world;
  world.mute(true);
  Peer& ann = world.add("ann");
  world.say(ann, "[33,1,0,0,9007199254740991,1,1,{}]");
  CHECK(ann.core.state() == State::connected);
  CHECK(ann.core.deadline() <= world.now() + kPingIntervalMaxMs + kPingReplyTimeoutMs);
  world.say(ann, "[45,52,9007199254740991,{\"message\":\"x\"}]");
  world.cut(ann, 1012);
  CHECK(ann.core.deadline() <= world.now() + kRetryAfterMaxMs + kReconnectDelayMaxMs);
}

TEST_CASE("R-21 random frames of a server never settle a promise twice and never stop the client") {
  World world(3);
  Peer& ann = world.add("ann");
  const RoomHandle chat = ann.join("chat");
  std::mt19937 random(7);
  const auto any = [&](std::uint32_t max) { return static_cast<std::uint32_t>(random() % (max + 1)); };
  std::vector<Ticket> tickets;
  for (int i = 0; i < 20'000; ++i) {
    const FrameShape& shape = kFrameShapes[8 + any(kFrameShapes.size() - 9)];
    std::string text = "[" + std::to_string(static_cast<int>(shape.type));
    for (int n = 0; n < shape.integers; ++n)
      text += "," + std::to_string(any(1) ? any(12) : any(1) ? 0 : kSafeIntegerMax - any(2));
    if (shape.strings) text += ",\"s\"";
    if (shape.ext) text += ",0";
    if (shape.payload) text += any(1) ? ",{\"roomId\":\"chat\"}" : ",{\"roomId\":\"x" + std::to_string(any(300)) + "\"}";
    world.say(ann, text + "]");
    if (any(9) == 0) tickets.push_back(ann.publish(chat, "message", "1"));
    if (any(30) == 0) tickets.push_back(ann.leave(chat));
    if (any(20) == 0) ann.join("chat");
    if (any(9) == 0) world.pass(any(2'000));
    if (ann.core.state() == State::closed) break;
  }
  ann.close();
  for (const Ticket ticket : tickets) CHECK(ann.result(ticket).settled);
  CHECK(ann.core.pending() == 0);
}

}  // namespace dialogue::client::testing
