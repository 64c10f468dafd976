// Presence: each user once, changes batched, numbers instead of names where there are too many or where names are not granted.
#include "server/core/room/presence.hpp"

#include <catch2/catch.hpp>

#include "server/core/messages/frame_text.hpp"
#include "tests/server/core/support/cluster.hpp"
#include "tests/share_of.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::string presence(const Joined& room, std::uint64_t clock, std::string_view object) {
  return frame({FrameType::presence, room.room, clock}, object);
}

std::shared_ptr<const Identity> person(std::string user_id) {
  return std::make_shared<const Identity>(Identity{std::move(user_id), "", "", ""});
}

/// The user ids of a list, or how many there are: "ann,bob" or "3".
std::string snapshot(const Presence& presence, bool allowed = true) {
  const PresenceSnapshot found = presence.snapshot(allowed);
  if (found.occupancy) return std::to_string(*found.occupancy);
  std::string text;
  for (const PresentUser& user : found.members) text += (text.empty() ? "" : ",") + user.user_id;
  return text;
}

/// The object of the PRESENCE frame for everything that changed.
std::string changed(Presence& presence) {
  const std::uint64_t occupancy = presence.user_count();
  const SharedBytes text = presence_frame({1, 1, occupancy, presence.take_change()});
  return text->substr(text->find('{'), text->rfind('}') + 1 - text->find('{'));
}

}  // namespace

TEST_CASE("joins and leaves are reported within a tenth of a second, in one frame, and at most twice a second") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  cluster.advance(100);
  CHECK(ann.take().empty());  // its own coming stood in JOINED
  Client bob = cluster.greeted("bob"), cleo = cluster.greeted("cleo");
  bob.join("chat");
  cluster.advance(50);
  const Joined third = cleo.join("chat");
  CHECK(third.object.find(R"("clock":3,"members":[{"userId":"ann"},{"userId":"bob"},{"userId":"cleo"}])") != std::string::npos);
  CHECK(ann.take().empty());
  cluster.advance(50);
  const std::string told = presence(chat, 3, R"({"joined":[{"userId":"bob"},{"userId":"cleo"}]})");
  CHECK(ann.take() == Frames{told});
  CHECK(bob.take() == Frames{told});
  CHECK(cleo.take().empty());
  bob.vanish();
  cluster.advance(kPresenceBurstDelayMs - 1);
  CHECK(ann.take().empty());
  cluster.advance(1);
  CHECK(ann.take() == Frames{presence(chat, 4, R"({"left":["bob"]})")});
  CHECK(cleo.take() == Frames{presence(chat, 4, R"({"left":["bob"]})")});
  cluster.advance(kPresenceBurstDelayMs);
  cleo.vanish();
  cluster.advance(kPresenceFlushDelayMs);
  CHECK(ann.take() == Frames{presence(chat, 5, R"({"left":["cleo"]})")});
}

TEST_CASE("a user with several connections comes with the first and goes with the last") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), first = cluster.greeted("bob"), second = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  first.join("chat");
  cluster.advance(100);
  ann.take();
  CHECK(second.join("chat").object.find(R"("members":[{"userId":"ann"},{"userId":"bob"}])") != std::string::npos);
  first.vanish();
  cluster.advance(1000);
  CHECK(ann.take().empty());
  second.vanish();
  cluster.advance(100);
  CHECK(ann.take() == Frames{presence(chat, 3, R"({"left":["bob"]})")});
}

TEST_CASE("a user's name and meta are shown as they are") {
  Cluster cluster(1);
  Client ann = cluster.connect();
  ann.send(R"([1,1,0,0,{"identity":{"userId":"ann","name":"Ann","meta":{)"
           "\t"
           R"("role":"host","__proto__":1}}}])");
  CHECK(ann.join("chat").object.find(R"("members":[{"userId":"ann","name":"Ann","meta":{ "role":"host","__proto__":1}}])") !=
        std::string::npos);
}

TEST_CASE("F-P11 a user who is present is shown by another identity, to this node's members and to other nodes") {
  Presence presence;
  presence.keep_own_changes();
  const auto ann = [](const std::string& meta) { return std::make_shared<const Identity>(Identity{"ann", "", meta, ""}); };
  CHECK_FALSE(presence.show(ann("{}")));  // she is not there
  CHECK(presence.user_count() == 0);
  presence.join(ann("{}"));
  static_cast<void>(presence.take_change());
  std::vector<PresentUser> joined;
  std::vector<std::string> left;
  presence.take_own_change(joined, left);
  joined.clear();
  CHECK_FALSE(presence.show(ann("{}")));
  CHECK(presence.show(ann(R"({"seat":4})")));
  CHECK(changed(presence).find(R"("seat":4)") != std::string::npos);
  presence.take_own_change(joined, left);
  REQUIRE(joined.size() == 1);
  CHECK(joined[0].meta == R"({"seat":4})");
  CHECK(presence.leave("ann"));
  CHECK(presence.user_count() == 0);
}

TEST_CASE("a user who resumes under another name is reported by the new one, even while the old connection lasts") {
  const auto named = [](std::string name) { return std::make_shared<const Identity>(Identity{"ann", std::move(name), "", ""}); };
  Presence presence;
  CHECK(presence.join(named("Ann")));
  CHECK(changed(presence) == R"({"joined":[{"userId":"ann","name":"Ann"}]})");
  CHECK_FALSE(presence.join(named("Ann")));
  CHECK(presence.join(named("Anna")));
  CHECK(changed(presence) == R"({"joined":[{"userId":"ann","name":"Anna"}]})");
  CHECK_FALSE(presence.leave("ann"));
  CHECK(snapshot(presence) == "ann");
  CHECK(presence.snapshot(true).members.front().name == "Anna");
}

TEST_CASE("R-52 a user without the right to see members receives their number") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client boss = cluster.connect(), bob = cluster.greeted("bob");
  boss.send(R"([1,1,0,0,{"identity":{"userId":"boss","meta":{"role":"admin"}}}])");
  const Joined shy = boss.join("shy");
  CHECK(shy.object.find("\"members\":[") != std::string::npos);
  CHECK(bob.join("shy").object == R"({"roomId":"shy","name":"shy","clock":2,"occupancy":2})");
  cluster.advance(100);
  CHECK(begins(boss.only(), {FrameType::presence, shy.room, 2}));
  cluster.advance(kPresenceBurstDelayMs);
  cluster.greeted("cleo").join("shy");
  cluster.advance(100);
  CHECK(bob.take() == Frames{presence(shy, 3, R"({"occupancy":3})")});
  CHECK(boss.take() == Frames{presence(shy, 3, R"({"joined":[{"userId":"cleo"}]})")});
}

TEST_CASE("a room without presence reports the number of members at the join only") {
  auto config = test_config();
  for (RoomDefinition& room : config->definitions.rooms) room.sends_presence = room.id != "silent";
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  CHECK(ann.join("silent").object.find(R"("occupancy":1})") != std::string::npos);
  CHECK(bob.join("silent").object.find(R"("occupancy":2})") != std::string::npos);
  bob.vanish();
  cluster.advance(10'000);
  CHECK(ann.take().empty());
  ann.send(R"([12,5,{"right":"presence","room":"silent"}])");
  CHECK(ann.take() == Frames{R"([42,5,0,{"allowed":false,"reason":"presence is not reported in this room"}])"});
}

TEST_CASE("above 256 users only their number is reported, and names return with the 256th") {
  Presence room;
  for (std::size_t i = 0; i < kListedUsersMax; ++i) room.join(person("user" + std::to_string(1000 + i)));
  CHECK(room.snapshot(true).members.size() == room.user_count());
  CHECK(changed(room).rfind("{\"joined\":[", 0) == 0);
  room.join(person("x"));
  CHECK(snapshot(room) == "257");
  CHECK(changed(room) == "{\"occupancy\":257}");
  room.leave("user1000");
  const std::string change = changed(room);
  CHECK(change.find("{\"joined\":[{\"userId\":\"user1001\"}") == 0);
  CHECK(change.find("{\"userId\":\"x\"}],\"left\":[\"user1000\"]}") != std::string::npos);
  room.leave("x");
  CHECK(changed(room) == "{\"left\":[\"x\"]}");
}

TEST_CASE("R-57 a storm in a big room is reported by number once per second, which a node can carry") {
  constexpr std::size_t kWhole = 50'000, kNodeBytesPerSecondMax = 5'000'000, kWebSocketHeaderBytes = 4, kSeconds = 5;
  auto config = test_config();
  config->limits.connections_max = 2 * kWhole;
  Cluster cluster(3, std::move(config));
  Client watcher = cluster.greeted("watcher");
  const Joined chat = watcher.join("chat");
  std::vector<Client> members;
  for (std::size_t i = 0; i < std::max(share_of(kWhole), 2 * kListedUsersMax); ++i) {
    members.push_back(cluster.greeted("user" + std::to_string(i)));
    members.back().join("chat");
  }
  cluster.advance(kOccupancyFlushDelayMs);
  watcher.take();
  for (std::size_t step = 0; step < kSeconds * 10; ++step) {
    for (std::size_t i = step % 2; i < 100; i += 2) {
      members[i].vanish();
      members[i] = cluster.greeted("visitor" + std::to_string(step) + "-" + std::to_string(i));
      members[i].join("chat");
    }
    cluster.advance(100);
  }
  const Frames told = watcher.take();
  CHECK(told.size() >= kSeconds - 1);
  CHECK(told.size() <= kSeconds);
  for (const std::string& text : told) {
    CHECK(text.find("occupancy") != std::string::npos);
    CHECK((text.size() + kWebSocketHeaderBytes) * kWhole * told.size() / kSeconds < kNodeBytesPerSecondMax);
  }
  CHECK(begins(told.back(), {FrameType::presence, chat.room}));
}

TEST_CASE("members with large meta are reported by number, so that JOINED fits a message") {
  Presence room;
  for (int i = 0; i < 100; ++i)
    room.join(std::make_shared<const Identity>(
        Identity{"user" + std::to_string(i), "", "{\"m\":\"" + std::string(1000, 'x') + "\"}", ""}));
  CHECK(snapshot(room) == "100");
}

TEST_CASE("a change reports the final state of each user") {
  Presence room;
  CHECK(room.join(person("a")));
  CHECK_FALSE(room.join(person("b")));  // the flush is under way
  CHECK(room.clock() == 2);
  CHECK(changed(room) == R"({"joined":[{"userId":"a"},{"userId":"b"}]})");
  CHECK(room.leave("a"));
  room.join(person("a"));
  room.join(person("c"));
  room.leave("c");
  CHECK(changed(room) == R"({"joined":[{"userId":"a"}],"left":["c"]})");
  CHECK(room.clock() == 6);
  CHECK_FALSE(room.leave("nobody"));
  CHECK(room.clock() == 6);
}

}  // namespace dialogue::testing
