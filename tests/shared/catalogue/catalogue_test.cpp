// The view over a catalogue: look-ups, and the choice of the definition that serves a room.
#include "shared/catalogue/catalogue.hpp"

#include <catch2/catch.hpp>

#include "tests/shared/support/schema_kit.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::testing;

Definitions with_rooms(const std::vector<std::string>& ids) {
  Definitions definitions;
  const NodeIndex any = definitions.schemas.add({});
  definitions.events.push_back(event_of("message", any));
  definitions.events.push_back(event_of("game.move", any));
  definitions.events.push_back(event_of("a", any));
  for (const std::string& id : ids) definitions.rooms.push_back(room_of(id, {"message"}));
  return definitions;
}

TEST_CASE("events are sorted by name and found by it") {
  const Built built(with_rooms({}));
  REQUIRE(built.view.event_count() == 3);
  CHECK(built.view.event(0).name == "a");
  CHECK(built.view.event(1).name == "game.move");
  CHECK(built.view.event(2).name == "message");
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(built.view.find_event(built.view.event(i).name) == i);
  for (const char* unknown : {"", "b", "messag", "message2", "zzz"}) CHECK_FALSE(built.view.find_event(unknown));
}

TEST_CASE("a room says its name, size, events and default subscriptions") {
  Definitions definitions = with_rooms({"chat"});
  RoomDefinition& room = definitions.rooms[0];
  room.name = "Support chat";
  room.max_size = (1ULL << 40) + 7;
  room.events = {"message", "a"};
  room.default_subscriptions = {{"a"}};
  const Built built(definitions);
  const CatalogueView::Room view = built.view.room(0);
  CHECK(view.id == "chat");
  CHECK(view.name == "Support chat");
  CHECK(view.max_size == (1ULL << 40) + 7);
  REQUIRE(view.events.size() == 2);
  CHECK(view.events[0] == 0);
  CHECK(view.events[1] == 2);
  CHECK(view.subscriptions.size() == 1);
  CHECK(built.view.room_allows(0, 0));
  CHECK_FALSE(built.view.room_allows(0, 1));
  CHECK(built.view.room_allows(0, 2));
  CHECK_FALSE(built.view.room_allows(0, 3));
}

TEST_CASE("a room without a name is called by its id, and without subscriptions receives all of its events") {
  const Built built(with_rooms({"chat"}));
  CHECK(built.view.room(0).name == "chat");
  CHECK(built.view.room(0).max_size == 0);
  CHECK(built.view.room(0).subscriptions.contains(2));
}

TEST_CASE("an exact id beats every pattern, then the longest literal prefix wins") {
  const Built built(with_rooms({"{room}", "game-{id}", "game-final", "game-f{x}", "game-{id}-x", "g{a}"}));
  const auto served_by = [&](std::string_view id) -> std::string {
    const auto index = built.view.match_room(id);
    return index ? std::string(built.view.room(*index).id) : "nothing";
  };
  CHECK(served_by("game-final") == "game-final");
  CHECK(served_by("game-fun") == "game-f{x}");
  CHECK(served_by("game-1") == "game-{id}");
  CHECK(served_by("game-1-x") == "game-{id}-x");
  CHECK(served_by("gas") == "g{a}");
  CHECK(served_by("chat") == "{room}");
  CHECK(served_by("game-") == "g{a}");
  CHECK(served_by("g") == "{room}");
}

TEST_CASE("an id that nothing serves is served by nothing") {
  const Built built(with_rooms({"game-{id}", "chat"}));
  for (const char* id : {"", "game-", "game", "chats", "x"}) CHECK_FALSE(built.view.match_room(id));
}

TEST_CASE("the key of a latest event is public") {
  Definitions definitions = with_rooms({});
  definitions.events[0].delivery = Delivery::latest;
  definitions.events[0].latest_key = "userId";
  definitions.events[1].latest_key = "ignored";
  const Built built(definitions);
  CHECK(built.view.event(2).delivery == Delivery::latest);
  CHECK(built.view.event(2).latest_key == "userId");
  CHECK(built.view.event(1).latest_key.empty());
}

TEST_CASE("an empty view has no events and no rooms") {
  const CatalogueView view;
  CHECK(view.event_count() == 0);
  CHECK(view.room_count() == 0);
  CHECK(view.fingerprint() == 0);
  CHECK_FALSE(view.find_event("a"));
  CHECK_FALSE(view.match_room("a"));
}

}  // namespace
