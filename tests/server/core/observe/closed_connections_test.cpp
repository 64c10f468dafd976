// Up to when something may be forgotten of what ended connections and ended stays got, as operators ask about one event.
#include <catch2/catch.hpp>

#include <utility>

#include "server/core/messages/observation.hpp"
#include "server/core/observe/closed_connections.hpp"
#include "server/core/observe/decision_ring.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

TEST_CASE("forgotten connections leave a bound up to which they may matter for an event") {
  Cluster cluster(1);
  Client ann = cluster.greeted("ann");
  ObserveQuery query;
  query.what = ObserveQuery::What::member;
  query.user_id = "ann";
  query.room_id = "chat";
  const auto observed = [&] {
    ObserveQuery::Result found;
    cluster.ask(ObserveQuery(query), [&](ObserveQuery::Result result) { found = std::move(result); });
    return found;
  };
  const auto evidence = [&] { return observed().members.front(); };
  SECTION("stays in a room, after many in another") {
    const auto stay = [&](const std::string& room) { ann.send(frame({FrameType::leave, 9, ann.join(room).room})); };
    stay("chat");
    for (std::size_t i = 0; i + 2 < kDecisionsKept; i += 2) stay("game-1");
    CHECK(evidence().forgotten_ms == 0);
    CHECK(evidence().decisions.size() == 2);
    ann.join("game-1");  // the stay's beginning is forgotten, and its end is not
    CHECK(evidence().forgotten_ms >= evidence().decisions.back().at_ms);
    stay("game-2");
    CHECK(evidence().decisions.empty());
    CHECK(evidence().forgotten_ms >= kStartUnixMs);
  }
  SECTION("connections that ended before the last 1,000") {
    for (std::size_t i = 0; i < kClosedKept; ++i) cluster.greeted("bob").lose();
    CHECK(observed().forgotten_ms == 0);
    cluster.greeted("bob").lose();
    CHECK(observed().forgotten_ms >= kStartUnixMs);
  }
}

}  // namespace dialogue::testing
