// The text of a room that was made at run time.
#include "server/core/room/dynamic_room.hpp"

#include <catch2/catch.hpp>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

RoomDefinition whole_room() {
  RoomDefinition room;
  room.id = "den";
  room.name = "D\u00e9n \"1\"";
  room.description = "a\nb";
  room.max_size = 7;
  room.events = {"message", "note"};
  room.default_subscriptions = std::vector<std::string>{"note"};
  room.retention = {std::nullopt, 5000};
  room.durability = Durability::memory;
  room.sends_presence = false;
  room.access.join = Grants{"user:ann", "role:staff"};
  room.access.manage = Grants{};
  room.access.publish_event = {{"note", {"*"}}};
  room.channels = {"websocket"};
  return room;
}

}  // namespace

TEST_CASE("F-K18 a room's definition is read from its text unchanged") {
  const RoomDefinition room = whole_room();
  const std::string text = made_room_text(room);
  const auto read = read_made_room(text);
  REQUIRE(read);
  CHECK(made_room_text(*read) == text);
  CHECK(read->name == room.name);
  CHECK(read->description == room.description);
  CHECK(read->max_size == room.max_size);
  CHECK(read->events == room.events);
  CHECK(read->default_subscriptions == room.default_subscriptions);
  CHECK_FALSE(read->retention.max_events);
  CHECK(read->retention.max_age_ms == 5000);
  CHECK(read->durability == Durability::memory);
  CHECK_FALSE(read->sends_presence);
  CHECK(read->access.join == room.access.join);
  CHECK(read->access.manage == room.access.manage);
  CHECK_FALSE(read->access.publish);
  CHECK(read->access.publish_event == room.access.publish_event);
  CHECK(read->channels == room.channels);
  RoomDefinition plain;
  plain.id = "plain";
  REQUIRE(read_made_room(made_room_text(plain)));
  CHECK(read_made_room(made_room_text(plain))->retention.max_events == plain.retention.max_events);
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

TEST_CASE("F-K18 events that the definitions have no more are taken out of a room, and named") {
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
