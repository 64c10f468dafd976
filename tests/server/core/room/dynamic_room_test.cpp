// The text of a room that was made at run time.
#include "server/core/room/dynamic_room.hpp"

#include <catch2/catch.hpp>

#include "tests/server/core/support/cluster.hpp"
#include "tests/shared/support/whole_room.hpp"

namespace dialogue::testing {

using namespace core;

TEST_CASE("the room that the codecs are tested with has no member with its default value") {
  const RoomDefinition room = whole_room();
  CHECK(default_members(room) == 0);
  CHECK(default_members(room.retention) == 0);
  CHECK(default_members(room.access) == 0);
  CHECK(default_members(*room.states) == 0);
}

TEST_CASE("F-K18 a room's definition is read from its text unchanged, except for what definitions alone have") {
  RoomDefinition room = whole_room();
  const auto read = read_made_room(made_room_text(room));
  REQUIRE(read);
  room.states.reset();
  room.middleware.clear();
  CHECK(members(*read) == members(room));
  room.retention = {std::nullopt, 5000};
  room.access.publish.reset();
  CHECK(members(read_made_room(made_room_text(room)).value()) == members(room));
  RoomDefinition plain;
  plain.id = "plain";
  CHECK(members(read_made_room(made_room_text(plain)).value()) == members(plain));
}

TEST_CASE("F-K18 members of a later version are ignored, and an invalid definition is recognized") {
  const auto later = read_made_room(R"({"id":"den","moods":[{"a":1}],"access":{"sing":["*"]},"retention":{"bytes":3}})");
  REQUIRE(later);
  CHECK(later->id == "den");
  const std::string text = made_room_text(whole_room());
  for (std::size_t size = 0; size < text.size(); ++size) CHECK_FALSE(read_made_room(text.substr(0, size)));
  for (const char* none : {"[]", "{}", "7", R"({"id":7})", R"({"id":"a"}x)", R"({"id":"a","maxSize":-1})", "{\"id\":\"\xFF\"}"})
    CHECK_FALSE(read_made_room(none));
}

TEST_CASE("F-K18 events that the definitions no longer have are removed from a room, and named") {
  const auto config = test_config();
  RoomDefinition room;
  room.id = "den";
  room.events = {"waltz", "note", "tango"};
  room.default_subscriptions = std::vector<std::string>{"tango", "note"};
  CHECK(drop_unknown_events(room, config->catalogue) == std::vector<std::string>{"waltz", "tango"});
  CHECK(room.events == std::vector<std::string>{"note"});
  CHECK(room.default_subscriptions == std::vector<std::string>{"note"});
  CHECK(drop_unknown_events(room, config->catalogue).empty());
}

}  // namespace dialogue::testing
