// The projection of a room's log, the rules of publishing, and the counters of what is not read.
#include <catch2/catch.hpp>

#include "apps/chat/bridge/project_event.hpp"
#include "apps/chat/bridge/publish_rules.hpp"
#include "apps/chat/domain/text.hpp"
#include "apps/chat/store/messages.hpp"
#include "apps/chat/store/rooms.hpp"

using namespace chat;

namespace {

/// A room with Ann, its owner, and Bob.
struct World {
  Store store{":memory:"};
  World() {
    store.write([](Database& db) {
      for (const auto* name : {"ann", "bob"}) REQUIRE(insert_user(db, {name, name, name, "hash", 1}));
      REQUIRE(insert_room(db, {"r", "Room", "", false}, 1));
      REQUIRE(insert_member(db, "r", "ann", Role::owner, 1));
      REQUIRE(insert_member(db, "r", "bob", Role::member, 1));
    });
  }
  void say(std::uint64_t seq, const std::string& from, const std::string& event, const std::string& payload) {
    store.write([&](Database& db) {
      project(db, "r", {seq, static_cast<std::int64_t>(seq) * 1000, event, from, payload});
      set_cursor(db, "r", {1, seq});
    });
  }
  std::optional<Objection> objection(const std::string& from, const std::string& event, const std::string& payload) {
    return store.read([&](Database& db) { return objection_to(db, {"r", from, event, payload, 2000}); });
  }
  Unread unread(const std::string& user) {
    return store.read([&](Database& db) { return unread_in(db, "r", user); });
  }
};

}  // namespace

TEST_CASE("an edit of the author counts, one of another user does not") {
  World world;
  world.say(1, "ann", "message", R"({"text":"one"})");
  world.say(2, "bob", "message.edit", R"({"seq":1,"text":"bob's"})");
  world.say(3, "ann", "message.edit", R"({"seq":1,"text":"two"})");
  world.store.read([](Database& db) {
    CHECK(find_message(db, "r", 1)->text == "two");
    CHECK(find_message(db, "r", 1)->is_edited);
  });
}

TEST_CASE("a deletion takes text, edits, mentions, reactions and pin, and what comes after it changes nothing") {
  World world;
  world.say(1, "ann", "message", R"({"text":"one","mentions":["bob"]})");
  world.say(2, "ann", "message.edit", R"({"seq":1,"text":"two"})");
  world.say(3, "bob", "reaction", R"({"seq":1,"emoji":"x","on":true})");
  world.say(4, "ann", "pin", R"({"seq":1,"on":true})");
  CHECK(world.unread("bob").mentions == 1);
  world.say(5, "system", "message.delete", R"({"id":"i","seq":1,"by":"ann"})");
  world.say(6, "ann", "message.edit", R"({"seq":1,"text":"three"})");
  world.say(7, "bob", "reaction", R"({"seq":1,"emoji":"x","on":true})");
  world.store.write([](Database& db) {
    CHECK(find_message(db, "r", 1)->text.empty());
    CHECK(count_emoji(db, "r", 1) == 0);
    CHECK(pins_of(db, "r").empty());
    const auto sequences = sequences_to_erase(db, "r");
    CHECK(sequences == std::vector<std::uint64_t>{1, 2, 6});
    delete_erasures(db, "r", sequences);
    CHECK(sequences_to_erase(db, "r").empty());
    CHECK_FALSE(delete_message(db, "r", 1));
  });
  CHECK(world.unread("bob").mentions == 0);
  CHECK(world.unread("bob").messages == 0);
}

TEST_CASE("marks move forward, and back only where that is asked for; own messages do not count") {
  World world;
  for (std::uint64_t seq = 1; seq <= 5; ++seq) world.say(seq, seq == 3 ? "bob" : "ann", "message", R"({"text":"x"})");
  CHECK(world.unread("bob").messages == 4);
  CHECK(world.unread("ann").messages == 1);
  world.store.write([](Database& db) {
    CHECK(set_mark(db, "r", "bob", 4, false));
    CHECK_FALSE(set_mark(db, "r", "bob", 2, false));
    CHECK(unread_in(db, "r", "bob").messages == 1);
    CHECK(set_mark(db, "r", "bob", 1, true));
    CHECK(unread_in(db, "r", "bob").messages == 3);
  });
  world.say(6, "system", "member", R"({"id":"i","user":"bob","change":"joined"})");
  CHECK(world.unread("bob").messages == 0);
}

TEST_CASE("a log that was replaced is forgotten as a whole") {
  World world;
  world.say(1, "ann", "message", R"({"text":"x","mentions":["bob"]})");
  world.store.write([](Database& db) {
    forget_room_log(db, "r");
    CHECK_FALSE(find_message(db, "r", 1));
    CHECK(cursor_of(db, "r").seq == 0);
  });
  CHECK(world.unread("bob").mentions == 0);
}

TEST_CASE("what is published is judged by role, author, target and text") {
  World world;
  world.say(1, "ann", "message", R"({"text":"one"})");
  CHECK_FALSE(world.objection("bob", "message", R"({"text":"hi","reply":1,"mentions":["ann"]})"));
  CHECK(world.objection("eve", "message", R"({"text":"hi"})"));
  CHECK(world.objection("bob", "message", R"({"text":" "})"));
  CHECK(world.objection("bob", "message", R"({"text":"hi","mentions":["eve"]})"));
  CHECK_FALSE(world.objection("ann", "message.edit", R"({"seq":1,"text":"two"})"));
  CHECK(world.objection("bob", "message.edit", R"({"seq":1,"text":"two"})"));
  CHECK_FALSE(world.objection("ann", "pin", R"({"seq":1,"on":true})"));
  CHECK(world.objection("bob", "pin", R"({"seq":1,"on":true})"));
  CHECK(world.objection("bob", "reaction", R"({"seq":1,"emoji":"no","on":true})"));
  CHECK(world.objection("bob", "reaction", R"({"seq":9,"emoji":"no","on":true})")->is_passing);
}

TEST_CASE("one emoji is an emoji, letters and two of them are not") {
  for (const auto* text : {"\xf0\x9f\x91\x8d", "\xe2\x9d\xa4\xef\xb8\x8f", "\xf0\x9f\x87\xab\xf0\x9f\x87\xb7",
                           "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", "1\xef\xb8\x8f\xe2\x83\xa3"})
    CHECK(is_emoji(text));
  for (const auto* text : {"", "a", "1", " ", "\xf0\x9f\x91\x8d\xf0\x9f\x91\x8d", "\xe4\xb8\x8a", "\xc3\xa9", "\xff"})
    CHECK_FALSE(is_emoji(text));
}

TEST_CASE("two users have one direct room") {
  World world;
  world.store.write([](Database& db) {
    const DirectRoom first = open_direct(db, "d1", "ann", "bob", 1), second = open_direct(db, "d2", "bob", "ann", 2);
    CHECK(first.is_new);
    CHECK_FALSE(second.is_new);
    CHECK(second.id == "d1");
    CHECK(view_room(db, "d1", "ann")->partner == "bob");
    CHECK(find_room(db, "d1")->is_direct);
  });
}
