// Rows of users, sessions, rooms and the outbox; transactions; tokens and password hashes.
#include <catch2/catch.hpp>

#include "apps/chat/security/password_hash.hpp"
#include "apps/chat/security/random.hpp"
#include "apps/chat/security/tokens.hpp"
#include "apps/chat/store/rooms.hpp"
#include "apps/chat/store/users.hpp"

using namespace chat;

namespace {

std::string add_user(Store& store, const std::string& name) {
  const std::string id = random_uuid();
  REQUIRE(store.write([&](Database& db) { return insert_user(db, {id, name, name, "hash", 1}); }));
  return id;
}

std::string add_room(Store& store, const std::string& name, bool is_private) {
  const std::string id = random_uuid();
  REQUIRE(store.write([&](Database& db) { return insert_room(db, {id, name, "", is_private}, 1); }));
  return id;
}

}  // namespace

TEST_CASE("a name is taken in any case, and by what looks like it; text that is SQL is a text") {
  Store store(":memory:");
  add_user(store, "Ivan");
  const auto is_free = [&](const std::string& name) {
    return store.write([&](Database& db) { return insert_user(db, {random_uuid(), name, "'); DROP TABLE user; --", "h", 1}); });
  };
  CHECK_FALSE(is_free("iVAN"));
  CHECK_FALSE(is_free("lvan"));
  CHECK(is_free("Evan"));
  store.read([](Database& db) { CHECK(find_user_by_name(db, "EVAN")->display_name == "'); DROP TABLE user; --"); });
}

TEST_CASE("a transaction that throws leaves nothing") {
  Store store(":memory:");
  const auto attempt = [&] {
    store.write([](Database& db) {
      (void)insert_user(db, {"id", "ann", "ann", "h", 1});
      throw std::runtime_error("no");
    });
  };
  CHECK_THROWS(attempt());
  store.read([](Database& db) { CHECK_FALSE(find_user(db, "id")); });
}

TEST_CASE("a private room is seen by its members only, and its name stays free for others") {
  Store store(":memory:");
  const std::string ann = add_user(store, "ann"), bob = add_user(store, "bob");
  const std::string secret = add_room(store, "Plans", true);
  add_room(store, "Plans", false);
  CHECK_FALSE(store.write([](Database& db) { return insert_room(db, {random_uuid(), "PLANS", "", false}, 1); }));
  store.write([&](Database& db) {
    CHECK(insert_member(db, secret, ann, Role::owner, 1));
    CHECK_FALSE(insert_member(db, secret, ann, Role::member, 2));
    CHECK(view_room(db, secret, ann)->role == Role::owner);
    CHECK_FALSE(view_room(db, secret, bob));
    CHECK(rooms_seen_by(db, ann).size() == 2);
    CHECK(rooms_seen_by(db, bob).size() == 1);
    CHECK(count_owners(db, secret) == 1);
    set_role(db, secret, ann, Role::moderator);
    CHECK(count_owners(db, secret) == 0);
    delete_member(db, secret, ann);
    CHECK_FALSE(role_in(db, secret, ann));
  });
}

TEST_CASE("a session rotates and ends once") {
  Store store(":memory:");
  const std::string ann = add_user(store, "ann");
  store.write([&](Database& db) {
    insert_session(db, {"s1", ann, "Test", {1, 100, 100, false}});
    rotate_session(db, "s1", 2, 200);
    CHECK(find_session(db, "s1")->state.generation == 2);
    CHECK(sessions_of(db, ann, 300).size() == 1);
    CHECK(end_session(db, "s1", 300));
    CHECK_FALSE(end_session(db, "s1", 301));
    CHECK(sessions_of(db, ann, 300).empty());
    CHECK(find_session(db, "s1")->state.has_ended);
  });
}

TEST_CASE("the outbox gives its rows in order") {
  Store store(":memory:");
  store.write([](Database& db) {
    insert_outbox(db, "room-1", "member", "{1}");
    insert_outbox(db, "room-1", "member", "{2}");
  });
  store.write([](Database& db) {
    const auto first = first_of_outbox(db);
    CHECK(first->payload == "{1}");
    delete_outbox(db, first->id);
    CHECK(first_of_outbox(db)->payload == "{2}");
  });
}

TEST_CASE("a token is read back, and refused with another key, another kind, another text or after its time") {
  const Tokens tokens(random_bytes(Tokens::kKeyBytes)), others(random_bytes(Tokens::kKeyBytes));
  const std::string access = tokens.access("session", 1000), refresh = tokens.refresh("session", 7);
  CHECK(tokens.read_access(access, 999)->session_id == "session");
  CHECK_FALSE(tokens.read_access(access, 1000));
  CHECK_FALSE(others.read_access(access, 999));
  CHECK_FALSE(tokens.read_access(refresh, 1));
  CHECK(tokens.read_refresh(refresh)->generation == 7);
  CHECK_FALSE(tokens.read_refresh(access));
  for (std::size_t i = 0; i < refresh.size(); ++i) {
    std::string changed = refresh;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    CHECK_FALSE(tokens.read_refresh(changed));
  }
  for (const auto* text : {"", ".", "...", "r1", "r1.a.b", "r1..1."}) CHECK_FALSE(tokens.read_refresh(text));
  CHECK_FALSE(tokens.read_refresh(std::string(100'000, 'a')));
}

TEST_CASE("a password fits its hash only, and hashes of one password differ") {
  const std::string first = hash_password("correct horse"), second = hash_password("correct horse");
  CHECK(first != second);
  CHECK(first.rfind("$argon2id$v=19$m=65536,t=3,p=1$", 0) == 0);
  CHECK(fits_password("correct horse", first));
  CHECK_FALSE(fits_password("correct horsf", first));
  CHECK_FALSE(fits_password("correct horse", hash_of_nobody()));
  CHECK_FALSE(fits_password("correct horse", "not a hash"));
}

TEST_CASE("a UUID is random, of version 4, and recognised") {
  const std::string id = random_uuid();
  CHECK(is_uuid(id));
  CHECK(id[14] == '4');
  CHECK(random_uuid() != id);
  for (const auto* text : {"", "x", "123e4567-e89b-12d3-a456-42661417400", "123E4567-e89b-42d3-a456-426614174000",
                           "123e4567xe89b-42d3-a456-426614174000"})
    CHECK_FALSE(is_uuid(text));
  CHECK(base64url(std::string("\xff\xfe\xfd", 3)) == "__79");
}
