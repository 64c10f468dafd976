// Credit: how far the server may go on while the application does not read.
#include <catch2/catch.hpp>

#include "tests/client-wasm/world.hpp"

namespace dialogue::client::testing {

namespace {
/// A member of room number 7 whose server is the test, at sequence 10.
struct Reader {
  Reader() {
    world.deafen(true);
    room = ann.join("chat");
    answer_join();
  }
  void answer_join() {
    const std::string& join = ann.sent.back();
    world.say(ann, "[34," + join.substr(3, join.find(',', 3) - 3) + ",7,99,11,10,1,{\"roomId\":\"chat\"}]");
  }
  void skip_to(std::uint64_t last) {
    world.say(ann, "[37,7," + std::to_string(ann.core.position(room).sequence + 1) + "," + std::to_string(last) + "]");
  }
  /// The CREDIT frames since the last call.
  std::vector<std::string> credits() {
    std::vector<std::string> found;
    for (; seen < ann.sent.size(); ++seen)
      if (ann.sent[seen].rfind("[9,", 0) == 0) found.push_back(ann.sent[seen]);
    return found;
  }
  World world;
  Peer& ann = world.add("ann");
  RoomHandle room = 0;
  std::size_t seen = 0;
};
using Credits = std::vector<std::string>;
}  // namespace

TEST_CASE("a room without iterators sends no credit") {
  Reader it;
  it.skip_to(5'000);
  CHECK(it.credits().empty());
}

TEST_CASE("the first iterator grants a window, and the last one that goes grants everything") {
  Reader it;
  it.ann.set_unread(it.room, 1);
  CHECK(it.credits() == Credits{"[9,7,522]"});
  it.ann.set_unread(it.room, 0);
  CHECK(it.credits() == Credits{"[9,7,9007199254740991]"});
}

TEST_CASE("credit follows what is read, once half of the window is used") {
  Reader it;
  it.ann.set_unread(it.room, 1);
  it.skip_to(265);
  CHECK(it.credits() == Credits{"[9,7,522]"});
  it.skip_to(266);
  CHECK(it.credits() == Credits{"[9,7,778]"});
}

TEST_CASE("R-64 an unread iterator stops the server at the window") {
  Reader it;
  it.ann.set_unread(it.room, 1);
  for (std::uint32_t unread = 1; unread <= kCreditWindow; ++unread) {
    it.skip_to(10 + unread);
    it.ann.set_unread(it.room, 1 + unread);
  }
  CHECK(it.credits() == Credits{"[9,7,522]"});
  it.ann.set_unread(it.room, kCreditWindow / 2 + 2);
  CHECK(it.credits().empty());
  it.ann.set_unread(it.room, kCreditWindow / 2 + 1);
  CHECK(it.credits() == Credits{"[9,7,778]"});
}

TEST_CASE("R-64 unread events that are not in the log take credit back, until there is none") {
  Reader it;
  it.ann.set_unread(it.room, 1);
  for (std::uint32_t unread = 1; unread <= 3 * kCreditWindow; ++unread) it.ann.set_unread(it.room, 1 + unread);
  CHECK(it.credits() == Credits{"[9,7,522]", "[9,7,266]", "[9,7,10]"});
}

TEST_CASE("credit is sent again after a rejoin") {
  Reader it;
  it.ann.set_unread(it.room, 1);
  it.credits();
  it.world.cut(it.ann);
  it.ann.set_unread(it.room, 101);
  while (it.ann.sent.back().rfind("[2,", 0) != 0) it.world.pass(100);
  it.world.say(it.ann, "[33,1,0,0,25000,0,0,{}]");
  CHECK(it.credits().empty());
  it.answer_join();
  CHECK(it.credits() == Credits{"[9,7,422]"});
}

TEST_CASE("R-64 what a server holds back comes whole and in order when the application reads again") {
  World world;
  Definitions keeping = World::definitions();
  for (RoomDefinition& room : keeping.rooms) room.retention.max_events = 5'000;
  world.restart_server(std::move(keeping));
  Peer& ann = world.add("ann");
  Peer& bob = world.add("bob");
  const RoomHandle anns = ann.join("chat"), bobs = bob.join("chat");
  ann.set_unread(anns, 1 + kCreditWindow);
  constexpr std::size_t kEvents = 1'000;
  for (std::size_t i = 1; i <= kEvents; ++i) bob.publish(bobs, "message", std::to_string(i));
  CHECK(ann.delivered.empty());
  CHECK(bob.delivered.size() == kEvents);
  ann.set_unread(anns, 1);
  world.pass(1'000);
  REQUIRE(ann.delivered.size() >= kCreditWindow);
  ann.set_unread(anns, 0);
  world.pass(1'000);
  CHECK(ann.delivered == bob.delivered);
  CHECK(ann.gaps.empty());
}

}  // namespace dialogue::client::testing
