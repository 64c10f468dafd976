// Delivering costs no heap per member: counted by replacing this program's operator new.
#include <catch2/catch.hpp>

#include "tests/server/allocation_count.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

/// How many allocations one publication takes in a room with so many members, all of them warm.
std::size_t allocations_of_publication(std::size_t members) {
  const auto config = test_config();
  Shard shard(*config, 0, 1, 7);
  const Time now{1000, kStartUnixMs};
  Actions actions;
  MemoryStore store(7);
  ConnectionId publisher = 0;
  for (std::size_t i = 0; i < members; ++i) {
    publisher = shard.apply(ConnectionOpened{}, now, actions).opened;
    std::string message = "[1,1,0,0,{}]\n[2,1,0,0,0,\"chat\",{}]";
    shard.apply(MessageReceived{publisher, message}, now, actions);
    answer_store(shard, store, now, actions);
  }
  Frame joined;
  for (const Action& action : actions)
    if (const auto* send = std::get_if<SendFrame>(&action)) REQUIRE(read_frame(*send->text, joined) == ErrorCode::ok);
  REQUIRE(joined.type == FrameType::joined);
  std::size_t taken = 0;
  for (int round = 0; round < 3; ++round) {
    actions.clear();
    std::string message = frame({FrameType::publish, joined.integers[1], kMessage, 0, 0},
                                R"({"text":"a text that is too long for a small string"})");
    const std::size_t before = allocation_count;
    shard.apply(MessageReceived{publisher, message}, now, actions);
    answer_store(shard, store, now, actions);
    taken = allocation_count - before;
  }
  CHECK(actions.size() == members + 1);
  return taken;
}

}  // namespace

TEST_CASE("a publication takes as many allocations for a thousand members as for one") {
  const std::size_t for_one = allocations_of_publication(1);
  CHECK(for_one > 0);
  CHECK(allocations_of_publication(1000) == for_one);
}

}  // namespace dialogue::testing
