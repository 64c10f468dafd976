// States of one room: merged by user, final in each report, bounded, kept for a while after a loss.
#include "server/core/room/room_states.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

#include "server/core/connection/session_secret.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

std::shared_ptr<const Identity> stated_user(std::string user_id, std::string name = {}) {
  return std::make_shared<const Identity>(Identity{std::move(user_id), std::move(name), "", ""});
}

RoomStates watched_states(StatesDefinition policy = {}) {
  RoomStates states(policy, 1);
  states.watch(0);
  return states;
}

Address stated_at(ConnectionId id) { return {0, id}; }

const std::string kSecret(kSessionSecretDigits, 'a');
constexpr auto kDone = RoomStates::Outcome::done;

}  // namespace

TEST_CASE("a report has the final state of each user that changed, and its name once") {
  RoomStates states = watched_states();
  REQUIRE(states.set(stated_at(1), stated_user("ann", "Ann"), "1") == kDone);
  REQUIRE(states.set(stated_at(1), stated_user("ann", "Ann"), "2") == kDone);
  REQUIRE(states.set(stated_at(2), stated_user("bob"), "3") == kDone);
  CHECK(states.take_report(1000) == R"({"states":[{"userId":"ann","name":"Ann","state":2},{"userId":"bob","state":3}]})");
  CHECK(states.clock() == 1);
  REQUIRE(states.set(stated_at(1), stated_user("ann", "Ann"), "4") == kDone);
  states.clear(stated_at(2), "bob");
  CHECK(states.take_report(2000) == R"({"states":[{"userId":"ann","state":4}],"left":["bob"]})");
  REQUIRE(states.set(stated_at(1), stated_user("ann", "Ann"), "4") == kDone);
  CHECK(states.due_ms() == kNever);  // nothing has changed
}

TEST_CASE("a user has the state that was set last, and the one before it when that session ends") {
  RoomStates states = watched_states();
  REQUIRE(states.set(stated_at(1), stated_user("ann"), "1") == kDone);
  REQUIRE(states.set(stated_at(2), stated_user("ann"), "2") == kDone);
  CHECK(states.take_report(0) == R"({"states":[{"userId":"ann","state":2}]})");
  states.clear(stated_at(2), "ann");
  CHECK(states.take_report(0) == R"({"states":[{"userId":"ann","state":1}]})");
  states.clear(stated_at(1), "ann");
  CHECK(states.take_report(0) == R"({"left":["ann"]})");
}

TEST_CASE("a definition may keep the states of all sessions") {
  RoomStates states = watched_states({.keeps_sessions = true});
  REQUIRE(states.set(stated_at(1), stated_user("ann"), "1") == kDone);
  REQUIRE(states.set(stated_at(2), stated_user("ann"), "2") == kDone);
  CHECK(states.take_report(0) == R"({"states":[{"userId":"ann","sessions":[{"id":1,"state":1},{"id":3,"state":2}]}]})");
}

TEST_CASE("a lost session keeps its state for the grace, and the session that resumes it has it") {
  RoomStates states = watched_states({.grace_ms = 100});
  REQUIRE(states.set(stated_at(1), stated_user("ann"), "1") == kDone);
  static_cast<void>(states.take_report(0));
  states.lose(stated_at(1), "ann", kSecret, 1000);
  CHECK(states.due_ms() == 1100);
  states.take_over(line_of(kSecret), "ann", stated_at(2));
  states.expire(1100);
  CHECK(states.due_ms() == kNever);
  states.lose(stated_at(2), "ann", kSecret, 2000);
  states.expire(2099);
  CHECK_FALSE(states.has_report(10'000));
  states.expire(2100);
  CHECK(states.take_report(2100) == R"({"left":["ann"]})");
}

TEST_CASE("of a client's lost sessions the state that was set last goes on, and the others end") {
  StatesDefinition policy;
  policy.keeps_sessions = true;
  RoomStates states = watched_states(policy);
  CHECK(states.set(stated_at(1), stated_user("ann"), "1") == kDone);
  CHECK(states.set(stated_at(2), stated_user("ann"), "2") == kDone);
  CHECK(states.set(stated_at(1), stated_user("ann"), "3") == kDone);
  CHECK(states.set(stated_at(3), stated_user("bob"), "4") == kDone);
  for (std::uint64_t id = 1; id <= 2; ++id) states.lose(stated_at(id), "ann", kSecret, 0);
  states.lose(stated_at(3), "bob", kSecret, 0);
  static_cast<void>(states.take_report(0));
  states.take_over(line_of(kSecret), "ann", stated_at(4));
  CHECK(states.take_report(1000) == R"({"states":[{"userId":"ann","sessions":[{"id":1,"state":3}]}]})");
  states.forget_line(line_of(kSecret), "bob");
  CHECK(states.take_report(2000) == R"({"left":["bob"]})");
}

TEST_CASE("another user, or another secret, takes over nothing") {
  RoomStates states = watched_states({.grace_ms = 100});
  REQUIRE(states.set(stated_at(1), stated_user("ann"), "1") == kDone);
  static_cast<void>(states.take_report(0));
  states.lose(stated_at(1), "ann", kSecret, 0);
  states.take_over(line_of(kSecret), "bob", stated_at(2));
  states.take_over(std::string(kLineDigits, '0'), "ann", stated_at(2));
  states.take_over("", "ann", stated_at(2));
  states.expire(100);
  CHECK(states.take_report(100) == R"({"left":["ann"]})");
}

TEST_CASE("a reloaded page's new session takes the place of the one before, without a leave") {
  RoomStates states = watched_states();
  REQUIRE(states.set(stated_at(1), stated_user("ann"), "1") == kDone);
  static_cast<void>(states.take_report(0));
  states.lose(stated_at(1), "ann", "", 0);
  REQUIRE(states.set(stated_at(2), stated_user("ann"), "5") == kDone);
  CHECK(states.take_report(0) == R"({"states":[{"userId":"ann","state":5}]})");
  states.expire(1'000'000);
  CHECK(states.due_ms() == kNever);
}

TEST_CASE("a forgotten user is gone at once, lost sessions included") {
  RoomStates states = watched_states();
  REQUIRE(states.set(stated_at(1), stated_user("ann"), "1") == kDone);
  REQUIRE(states.set(stated_at(2), stated_user("ann"), "1") == kDone);
  states.lose(stated_at(1), "ann", kSecret, 0);
  static_cast<void>(states.take_report(0));
  states.forget_user("ann");
  CHECK(states.take_report(0) == R"({"left":["ann"]})");
  CHECK(states.page("") == R"({"rate":10,"members":[]})");
}

TEST_CASE("reports come at once, then at the rate, and are bounded: the rest comes with the next one") {
  RoomStates states = watched_states();
  const std::string large = '"' + std::string(kStateBytesMax - 2, 'x') + '"';
  for (ConnectionId id = 1; id <= 50; ++id)
    REQUIRE(states.set(stated_at(id), stated_user("user-" + std::to_string(100 + id)), std::string(large)) == kDone);
  CHECK(states.has_report(5000));
  const std::string first = states.take_report(5000);
  CHECK(first.size() < kStatePageBytesMax + 2 * kStateBytesMax);
  CHECK_FALSE(states.has_report(5099));
  CHECK(states.due_ms() == 5100);
  std::size_t users = 0;
  for (std::string report = first;; report = states.take_report(5100)) {
    for (std::size_t at = 0; (at = report.find("userId", at)) != std::string::npos; ++at) ++users;
    if (!states.has_report(1'000'000)) break;
  }
  CHECK(users == 50);
}

TEST_CASE("pages have all users once, at most 200 each, with the clock's state") {
  RoomStates states({}, 1);  // nobody watches while they come
  for (ConnectionId id = 1; id <= 450; ++id)
    REQUIRE(states.set(stated_at(id), stated_user("user-" + std::to_string(1000 + id), "N"), "1") == kDone);
  CHECK(states.due_ms() == kNever);
  std::size_t pages = 0, users = 0;
  for (std::string after;;) {
    const std::string page = states.page(after);
    ++pages;
    for (std::size_t at = 0; (at = page.find("userId", at)) != std::string::npos; ++at) ++users;
    const std::size_t next = page.find("\"next\":\"");
    if (next == std::string::npos) break;
    after = page.substr(next + 8, page.size() - next - 10);
  }
  CHECK(pages == 3);
  CHECK(users == 450);
}

TEST_CASE("without a watcher nothing waits to be reported") {
  RoomStates states = watched_states();
  REQUIRE(states.set(stated_at(1), stated_user("ann"), "1") == kDone);
  REQUIRE(states.set(stated_at(2), stated_user("bob"), "1") == kDone);
  states.clear(stated_at(2), "bob");
  states.unwatch(0);
  CHECK(states.due_ms() == kNever);
  states.watch(0);
  CHECK(states.page("") == R"({"rate":10,"members":[{"userId":"ann","state":1}]})");
  REQUIRE(states.set(stated_at(1), stated_user("ann"), "2") == kDone);
  CHECK(states.take_report(0) == R"({"states":[{"userId":"ann","state":2}]})");
}

TEST_CASE("a user has states of 16 sessions, and a room those of 16384") {
  RoomStates states({}, 1);
  for (ConnectionId id = 1; id <= kStatesPerUserMax; ++id) REQUIRE(states.set(stated_at(id), stated_user("ann"), "1") == kDone);
  CHECK(states.set(stated_at(99), stated_user("ann"), "1") == RoomStates::Outcome::user_is_full);
  CHECK(states.set(stated_at(1), stated_user("ann"), "2") == kDone);
  for (std::size_t id = kStatesPerUserMax; id < kStatesPerRoomMax; ++id)
    if (states.set(stated_at(1000 + id), stated_user("user-" + std::to_string(id)), "1") != kDone) FAIL("state " << id);
  CHECK(states.set(stated_at(5), stated_user("one more"), "1") == RoomStates::Outcome::room_is_full);
  states.clear(stated_at(1), "ann");
  CHECK(states.set(stated_at(5), stated_user("one more"), "1") == kDone);
}

TEST_CASE("losses beyond their bound end at once") {
  RoomStates states({}, 1);
  for (std::size_t i = 0; i < kStatesPerRoomMax; ++i) {  // one session that comes and goes
    if (states.set(stated_at(i + 1), stated_user("ann"), "1") != kDone) FAIL("state " << i);
    states.lose(stated_at(i + 1), "ann", "", 0);
  }
  REQUIRE(states.set(stated_at(1), stated_user("ann"), "1") == kDone);
  states.lose(stated_at(1), "ann", "", 0);
  CHECK(states.page("") == R"({"rate":10,"members":[]})");
}

}  // namespace dialogue::testing
