// Up to where a connection's socket has taken what it was told of a room, as operators ask about one event.
#include <catch2/catch.hpp>

#include "server/core/messages/observation.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

TEST_CASE("what waits for a connection is not what its socket has taken, while it is open and after it has ended") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  const auto evidence = [&] {
    ObserveQuery query;
    query.what = ObserveQuery::What::member;
    query.user_id = "bob";
    query.room_id = "chat";
    std::vector<MemberEvidence> found;
    cluster.ask(std::move(query), [&](ObserveQuery::Result result) { found = std::move(result.members); });
    REQUIRE(found.size() == 1);
    return found.front();
  };
  const auto publish = [&] { ann.publish(chat.room, kMessage, 0, kHi); };
  publish();
  CHECK(evidence().position == 1);
  publish();
  bob.backlog(1000, 0);  // what the socket has left of the second
  publish();
  CHECK(evidence().position == 1);
  CHECK(evidence().told == 3);
  bob.backlog(0, 0);
  CHECK(evidence().position == 3);
  publish();
  bob.backlog(1000, 0);
  const auto check_ended = [&] {
    CHECK_FALSE(evidence().is_open);
    CHECK(evidence().position == 3);
    CHECK(evidence().told == 4);
  };
  SECTION("it is lost") {
    bob.lose();
    check_ended();
  }
  SECTION("it is ended") {
    cluster.ask(KickUser{"bob", "enough"}, [](std::size_t) {});
    check_ended();
  }
  SECTION("it is too slow") {
    bob.backlog(kSafeIntegerMax, 0);
    check_ended();
  }
  SECTION("it leaves, and what waits stays") {
    bob.send(frame({FrameType::leave, 9, chat.room}));
    REQUIRE(evidence().decisions.front().what == DecisionKind::left);
    CHECK(evidence().decisions.front().taken == 3);
    bob.backlog(0, 0);
    CHECK(evidence().decisions.front().taken == 4);
  }
}

}  // namespace dialogue::testing
