// A token that runs out: when the client asks for another, and what it does when it gets none.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/client-wasm/world.hpp"

namespace dialogue::client::testing {

using namespace core;

namespace {

/// How many REFRESH frames the client has sent.
std::size_t refreshes(const Peer& peer) {
  return static_cast<std::size_t>(
      std::count_if(peer.sent.begin(), peer.sent.end(), [](const std::string& frame) { return frame.rfind("[10,", 0) == 0; }));
}

}  // namespace

TEST_CASE("a token is refreshed half a minute before it runs out, or at three quarters of its time") {
  World world;
  Peer& ann = world.add("ann");
  static_cast<void>(ann.join("chat"));
  struct Case {
    std::uint64_t lasts_ms, asked_ms;
  };
  const auto test = GENERATE(Case{600'000, 570'000}, Case{60'000, 45'000}, Case{1'000, 5'000});
  world.say(ann, "[47,0," + std::to_string(test.lasts_ms) + "]");
  world.pass(test.asked_ms - 1);
  CHECK(refreshes(ann) == 0);
  world.pass(1);
  CHECK(refreshes(ann) == 1);
}

TEST_CASE("a refusal is reported, and the client retries until the server ends the connection") {
  World world;
  Peer& ann = world.add("ann");
  static_cast<void>(ann.join("chat"));
  world.say(ann, "[47,0,40000]");
  world.pass(30'000);
  CHECK(refreshes(ann) == 1);
  world.pass(15'000);  // development identities know no token: each is refused
  CHECK(refreshes(ann) >= 3);
  CHECK_FALSE(ann.faults.empty());
}

TEST_CASE("a new connection forgets when the old one's token ran out") {
  World world;
  Peer& ann = world.add("ann");
  static_cast<void>(ann.join("chat"));
  world.say(ann, "[47,0,60000]");
  world.cut(ann);
  world.pass(120'000);
  CHECK(refreshes(ann) == 0);
}

TEST_CASE("a closed client waits for nothing, though its token would run out") {
  World world;
  Peer& ann = world.add("ann");
  static_cast<void>(ann.join("chat"));
  world.say(ann, "[47,0,60000]");
  ann.close();
  CHECK(ann.core.deadline() == kNever);
}

TEST_CASE("token_expired is reported, and the client reconnects") {
  World world;
  Peer& ann = world.add("ann");
  static_cast<void>(ann.join("chat"));
  world.say(ann, "[45,57,0,{}]");
  world.cut(ann, 4005);
  world.pass(2'000);
  CHECK(std::find(ann.faults.begin(), ann.faults.end(), ErrorCode::token_expired) != ann.faults.end());
  CHECK(ann.states.back() == State::connected);
}

}  // namespace dialogue::client::testing
