// Bans and mutes with their ends, slow mode, and what restricted members read.
#include <catch2/catch.hpp>

#include "apps/chat/api/restrictions.hpp"
#include "apps/chat/bridge/publish_rules.hpp"
#include "apps/chat/store/restrictions.hpp"
#include "apps/chat/store/rooms.hpp"

using namespace chat;

namespace {

using Kind = Restriction::Kind;

void fill(Store& store) {
  store.write([](Database& db) {
    for (const auto* name : {"ann", "bob"}) REQUIRE(insert_user(db, {name, name, name, "hash", 1}));
    REQUIRE(insert_room(db, {"r", "Room", "", false}, 1));
    REQUIRE(insert_member(db, "r", "ann", Role::owner, 1));
    REQUIRE(insert_member(db, "r", "bob", Role::member, 1));
  });
}

}  // namespace

TEST_CASE("a restriction holds until its end, and a newer one replaces it") {
  Store store(":memory:");
  fill(store);
  store.write([](Database& db) {
    insert_restriction(db, {"r", "bob", Kind::ban, "ann", 1000, "a", 1});
    CHECK(find_restriction(db, "r", "bob", Kind::ban, 999));
    CHECK_FALSE(find_restriction(db, "r", "bob", Kind::ban, 1000));
    CHECK_FALSE(find_restriction(db, "r", "bob", Kind::mute, 1));
    insert_restriction(db, {"r", "bob", Kind::ban, "ann", kForGood, "b", 2});
    CHECK(restrictions_in(db, "r", Kind::ban, 5000).size() == 1);
    CHECK(bans_of(db, "bob", 5000).front().reason == "b");
    CHECK(count_restrictions(db, "r", Kind::ban, 5000) == 1);
    CHECK(delete_restriction(db, "r", "bob", Kind::ban));
    CHECK_FALSE(delete_restriction(db, "r", "bob", Kind::ban));
  });
}

TEST_CASE("in a slow room members wait for its pause, owners do not, and a refusal does not begin it anew") {
  Store store(":memory:");
  fill(store);
  store.write([](Database& db) {
    CHECK_FALSE(wait_in_slow_room(db, {"r", "bob", "message", "{}", 1'000}));
    set_slow_mode(db, "r", 10);
    CHECK_FALSE(wait_in_slow_room(db, {"r", "bob", "message", "{}", 1'000}));
    CHECK(wait_in_slow_room(db, {"r", "bob", "message", "{}", 1'001}) == "This room is in slow mode. Wait for 10 s.");
    CHECK(wait_in_slow_room(db, {"r", "bob", "message", "{}", 10'999}) == "This room is in slow mode. Wait for 1 s.");
    CHECK_FALSE(wait_in_slow_room(db, {"r", "bob", "message", "{}", 11'000}));
    for (std::int64_t now = 1; now < 4; ++now) CHECK_FALSE(wait_in_slow_room(db, {"r", "ann", "message", "{}", now}));
  });
}

TEST_CASE("a muted member's events are refused, with the reason") {
  Store store(":memory:");
  fill(store);
  store.write([](Database& db) {
    insert_restriction(db, {"r", "bob", Kind::mute, "ann", kForGood, "shh", 1});
    const auto objection = objection_to(db, {"r", "bob", "message", R"({"text":"x"})", 5});
    REQUIRE(objection);
    CHECK(objection->reason == "You are muted in this room: shh.");
  });
}

TEST_CASE("the words of a restriction name its end and reason where it has them") {
  CHECK(restriction_words("banned from", 0, false, "") == "You are banned from this room.");
  CHECK(restriction_words("banned from", 1'764'361'815'000, true, "spam") ==
        "You are banned from this room until 2025-11-28 20:30 UTC: spam.");
}
