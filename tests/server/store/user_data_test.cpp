// What every store does when a user is searched for, and erased. Run on each row of store_makers() that can.
#include "server/core/log/producer_key.hpp"
#include "server/store/erasure/user_erasure.hpp"
#include "tests/server/store/support/every_store.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

template <typename Behaviour>
void on_stores_that_erase(Behaviour behaviour) {
  on_every_store([behaviour](StoreWorld& world) {
    const bool can_search = find_user(world.store(), {"nobody"}).is_supported;
    if (can_search)
      behaviour(world);
    else
      SUCCEED("it cannot search by user");
  });
}

std::vector<std::uint64_t> sequences_published(Store& store, const std::string& user) {
  std::vector<std::uint64_t> found;
  REQUIRE(export_user(store, user, [&](const UserRecord& each) {
            found.push_back(each.record.seq);
            return true;
          }) == StoreStatus::ok);
  return found;
}

/// Sequences of the users that record_at() has in turn.
std::vector<std::uint64_t> every_third(std::uint64_t from, std::uint64_t last) {
  std::vector<std::uint64_t> found;
  for (std::uint64_t seq = from; seq <= last; seq += 3) found.push_back(seq);
  return found;
}

}  // namespace

TEST_CASE("erasing a user leaves holes in the log, and the events of all others at their positions") {
  on_stores_that_erase([](StoreWorld& world) {
    REQUIRE(world.append(1, 1000) == StoreStatus::ok);
    CHECK(sequences_published(world.store(), "user-1") == every_third(1, 1000));

    UserErasure erasure("user-1");
    std::vector<SeqRange> notified;
    REQUIRE(erasure.erase(world.store(), [&](const ErasedRoom& room) {
      CHECK(room.room == kLobby);
      CHECK(room.epoch == world.epoch);
      notified.insert(notified.end(), room.sequences.begin(), room.sequences.end());
      return UserErasure::Notified::published;
    }) == StoreStatus::ok);
    CHECK(erasure.records() == 334);
    CHECK(erasure.rooms() == 1);
    CHECK(notified.size() == 334);
    CHECK(notified.front() == SeqRange{1, 1});
    CHECK(notified.back() == SeqRange{1000, 1000});

    CHECK(sequences_published(world.store(), "user-1").empty());
    CHECK(sequences_published(world.store(), "user-2") == every_third(2, 1000));
    const std::vector<std::uint64_t> left = world.kept();
    CHECK(left.size() == 666);
    ReadRange range = world.from(1);
    range.records_max = 10;
    const LogPage page = ask_read(world.store(), range);
    CHECK(page.status == StoreStatus::ok);
    CHECK(page.damaged.empty());
    CHECK(page.head == 1000);
    CHECK(sequences(page) == std::vector<std::uint64_t>{2, 3, 5, 6, 8, 9, 11, 12, 14, 15});
    CHECK(world.append(1001, 1003) == StoreStatus::ok);
    if (!world.under_test->reopen()) return;
    CHECK(world.kept().size() == 669);
    CHECK(ask_read(world.store(), world.from(1)).damaged.empty());
  });
}

TEST_CASE("erasing a user forgets the user's producers, and no others") {
  on_stores_that_erase([](StoreWorld& world) {
    RoomWrite write = write_of(kLobby, world.epoch, 1, 10);
    const std::string clients = producer_key("ann", ProducerKind::plain, "p1"),
                      page = producer_key("ann", ProducerKind::page, "p2");
    const std::string callers = producer_key("user:ann", ProducerKind::once, "k1");
    const std::string others = producer_key("anna", ProducerKind::kept, "p3"),
                      keys = producer_key("key:ann", ProducerKind::once, "k1");
    for (const std::string& key : {clients, page, callers, others, keys})
      write.producers.push_back(all_of(producer_of(key, 2, 100)));
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    UserErasure erasure("ann");
    REQUIRE(erasure.erase(world.store(), {}) == StoreStatus::ok);
    CHECK(erasure.producers() == 3);
    CHECK(erasure.records() == 0);
    std::vector<std::string> left;
    for (const ProducerState& each : ask_open(world.store(), kLobby).state.producers) left.push_back(each.key);
    CHECK(left == std::vector<std::string>{keys, others});
    CHECK(world.kept() == from_to(1, 10));
  });
}

TEST_CASE("the user's own room goes as a whole, its definition too, and begins a new epoch") {
  on_stores_that_erase([](StoreWorld& world) {
    const RoomKey own{"", "user:ann"};
    const std::uint64_t epoch = ask_open(world.store(), own).state.epoch;
    REQUIRE(ask_append(world.store(), write_of(own, epoch, 1, 600)) == StoreStatus::ok);
    REQUIRE(ask_define(world.store(), {own, R"({"id":"user:ann"})"}) == StoreStatus::ok);
    REQUIRE(world.append(1, 3) == StoreStatus::ok);
    CHECK(sequences_published(world.store(), "ann").size() == 600);
    UserErasure erasure("ann");
    bool was_whole = false;
    const auto notify = [&](const ErasedRoom& room) {
      was_whole = room.is_whole && room.room == own;
      return UserErasure::Notified::not_wanted;
    };
    REQUIRE(erasure.erase(world.store(), notify) == StoreStatus::ok);
    CHECK(was_whole);
    const RoomLogState after = ask_open(world.store(), own).state;
    CHECK(after.head == 0);
    CHECK(after.epoch != epoch);
    CHECK(rooms_of(world.store()).empty());
    CHECK(sequences_published(world.store(), "ann").empty());
    CHECK(ask_append(world.store(), write_of(own, after.epoch, 1, 1)) == StoreStatus::ok);
    CHECK(world.kept() == from_to(1, 3));
  });
}

TEST_CASE("F-X3 rooms that are named after the user, with no events of others, are reported, and go when they are taken whole") {
  on_stores_that_erase([](StoreWorld& world) {
    const auto publish = [&](const std::string& room, const std::string& from, const std::string& event = "message") {
      const auto opened = answer_of<RoomOpened>([&](auto done) { world.store().open({{}, room}, done); });
      LogRecord record;
      record.seq = opened.state.head + 1;
      record.event = event;
      record.from = from;
      record.payload = R"("Hi")";
      RoomWrite write;
      write.key = {{}, room};
      write.epoch = opened.state.epoch;
      write.records.push_back(record);
      return answer_of<std::vector<StoreStatus>>([&](auto done) { world.store().append({write}, done); }).at(0);
    };
    for (const char* room : {"inbox-user-1", "lone", "user-10", "topic-user-1"})
      REQUIRE(publish(room, "user-1") == StoreStatus::ok);
    REQUIRE(publish("topic-user-1", "bob") == StoreStatus::ok);
    REQUIRE(publish("inbox-user-1", std::string(kSystemUserId), std::string(kErasedEvent)) == StoreStatus::ok);
    const KeptWrite definition{{kept_change(KeptRoom{{{}, "empty-user-1"}, "{}"})}};
    REQUIRE(answer_of<StoreStatus>([&](auto done) { world.store().put_kept(definition, done); }) == StoreStatus::ok);

    UserErasure erasure("user-1");
    REQUIRE(erasure.erase(world.store(), {}) == StoreStatus::ok);
    CHECK(erasure.records() == 4);
    CHECK(erasure.named_rooms() == std::vector<std::string>{"empty-user-1", "inbox-user-1"});
    UserErasure again("user-1");
    REQUIRE(again.erase(world.store(), {}) == StoreStatus::ok);
    CHECK(again.named_rooms().size() == 2);
    again.take_whole(again.named_rooms());
    REQUIRE(again.erase(world.store(), {}) == StoreStatus::ok);
    CHECK(again.named_rooms().empty());
    CHECK(again.records() == 0);
    UserErasure third("user-1");
    REQUIRE(third.erase(world.store(), {}) == StoreStatus::ok);
    CHECK(third.named_rooms().empty());
    CHECK(sequences_published(world.store(), "bob").size() == 1);
  });
}

TEST_CASE("F-X3 the remembered rooms that are named after a user are limited, and an erasure reports that it reached the limit") {
  UserErasure erasure("ann");
  for (std::size_t i = 0; i < kNamedRoomsMax; ++i) erasure.add_named("game-" + std::to_string(i) + "-ann");
  erasure.add_named("game-0-ann");
  CHECK_FALSE(erasure.has_unlisted_rooms());
  erasure.add_named("one-more-ann");
  CHECK(erasure.has_unlisted_rooms());
  CHECK(erasure.named_rooms().size() == kNamedRoomsMax);
}

TEST_CASE("F-X3 an id that is too short to be searched for is in no room's name") {
  CHECK_FALSE(is_named_after("game-7", "7"));
  CHECK(is_named_after("game-777", "777"));
}

TEST_CASE("an erasure finds a user in more rooms than a step looks at, and among grouped records") {
  on_stores_that_erase([](StoreWorld& world) {
    constexpr std::uint64_t kRooms = 2 * kRoomsPerUserStepMax + 3;
    for (std::uint64_t i = 0; i < kRooms; ++i) {
      const RoomKey key{"", "room-" + std::to_string(i)};
      RoomWrite write = write_of(key, ask_open(world.store(), key).state.epoch, 1, 6);
      for (LogRecord& record : write.records) record = grouped(record, "tick", 4);
      REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    }
    UserErasure erasure("user-0");
    REQUIRE(erasure.erase(world.store(), {}) == StoreStatus::ok);
    CHECK(erasure.rooms() == kRooms);
    CHECK(erasure.records() == 2 * kRooms);  // of 3 to 6, the newest four
    const RoomKey some{"", "room-7"};
    const std::uint64_t epoch = ask_open(world.store(), some).state.epoch;
    CHECK(sequences_of(world.store(), some, epoch) == std::vector<std::uint64_t>{4, 5});
    RoomWrite more = write_of(some, epoch, 7, 9);
    for (LogRecord& record : more.records) record = grouped(record, "tick", 4);
    REQUIRE(ask_append(world.store(), more) == StoreStatus::ok);
    CHECK(sequences_of(world.store(), some, epoch) == std::vector<std::uint64_t>{5, 7, 8, 9});
  });
}

TEST_CASE("between the steps of an erasure others have 149 parts of 150, if they publish, and wait for at most a second") {
  UserErased step;
  step.took = std::chrono::milliseconds(2);
  CHECK(step.pause() == std::chrono::milliseconds(0));
  step.others_published = true;
  CHECK(step.pause() == std::chrono::milliseconds(298));
  step.took = std::chrono::seconds(2);
  CHECK(step.pause() == std::chrono::seconds(1));
}

TEST_CASE("an erasure that pauses for others is stopped at once") {
  on_stores_that_erase([](StoreWorld& world) {
    REQUIRE(world.append(1, 3000) == StoreStatus::ok);
    int steps = 0;
    UserErasure erasure("user-1", [&] { return steps > 0; });
    const auto notify = [&](const ErasedRoom&) {
      ++steps;
      return UserErasure::Notified::published;
    };
    const StoreStatus outcome = erasure.erase(world.store(), notify);
    CHECK(outcome == StoreStatus::busy);
    CHECK(erasure.records() <= kUserRecordsPerStepMax);
  });
}

TEST_CASE("a notice that was not published is kept with what was erased, over a restart, until it is") {
  on_stores_that_erase([](StoreWorld& world) {
    REQUIRE(world.append(1, 1000) == StoreStatus::ok);
    UserErasure erasure("user-1");
    int rooms = 0;  // every other one is notified at once
    const auto notify_some = [&](const ErasedRoom&) {
      return ++rooms % 2 == 0 ? UserErasure::Notified::published : UserErasure::Notified::later;
    };
    REQUIRE(erasure.erase(world.store(), notify_some) == StoreStatus::ok);
    REQUIRE(rooms >= 2);
    if (!world.under_test->reopen()) return;  // a log in memory ends with its notices
    CHECK(kept_notices(world.store()) == static_cast<std::uint64_t>((rooms + 1) / 2));
    std::vector<SeqRange> notified;
    const auto refuse = [](const ErasedRoom&) { return UserErasure::Notified::later; };
    REQUIRE(notify_kept(world.store(), refuse) == StoreStatus::ok);
    REQUIRE(notify_kept(world.store(), [&](const ErasedRoom& room) {
              CHECK(room.room == kLobby);
              CHECK(room.epoch == world.epoch);
              notified.insert(notified.end(), room.sequences.begin(), room.sequences.end());
              return UserErasure::Notified::published;
            }) == StoreStatus::ok);
    CHECK(notified.size() >= 167);
    CHECK(std::count(notified.begin(), notified.end(), SeqRange{1, 1}) == 1);
    CHECK(kept_notices(world.store()) == 0);
    CHECK(world.kept().size() == 666);
  });
}

TEST_CASE("members are not notified of what was erased in a log that was deleted since") {
  on_stores_that_erase([](StoreWorld& world) {
    REQUIRE(world.append(1, 10) == StoreStatus::ok);
    REQUIRE(UserErasure("user-1").erase(world.store(), {}) == StoreStatus::ok);
    REQUIRE(answer_of<StoreStatus>([&](auto done) { world.store().erase(kLobby, std::move(done)); }) == StoreStatus::ok);
    int notified = 0;
    const auto notify = [&](const ErasedRoom&) {
      ++notified;
      return UserErasure::Notified::published;
    };
    REQUIRE(notify_kept(world.store(), notify) == StoreStatus::ok);
    CHECK(notified == 0);
    CHECK(kept_notices(world.store()) == 0);
  });
}

TEST_CASE("an erasure does not give way to what it publishes itself") {
  on_stores_that_erase([](StoreWorld& world) {
    REQUIRE(world.append(1, 10) == StoreStatus::ok);
    const auto step = [&](std::uint64_t own_records) {
      UserQuery query{"user-1"};
      query.own_records = own_records;
      return answer_of<UserErased>([&](auto done) { world.store().erase_user(query, std::move(done)); });
    };
    static_cast<void>(step(0));
    REQUIRE(world.append(11, 12) == StoreStatus::ok);
    CHECK_FALSE(step(2).others_published);
    REQUIRE(world.append(13, 15) == StoreStatus::ok);
    const UserErased after = step(2);
    CHECK((after.others_published || !world.under_test->reopen()));  // a log in memory is written at once: it never pauses
  });
}

TEST_CASE("single records are erased as a whole, with a notice, and others stay where they were") {
  on_stores_that_erase([](StoreWorld& world) {
    REQUIRE(world.append(1, 20) == StoreStatus::ok);
    const auto erase = [&](std::vector<SeqRange> sequences, const UserErasure::Notify& notify) {
      UserErasure erasure({});
      REQUIRE(erasure.erase_records(world.store(), {kLobby, std::move(sequences)}, notify) == StoreStatus::ok);
      return erasure.records();
    };
    std::vector<SeqRange> notified;
    const auto notify = [&](const ErasedRoom& room) {
      CHECK(room.room == kLobby);
      CHECK(room.epoch == world.epoch);
      CHECK_FALSE(room.is_whole);
      notified = room.sequences;
      return UserErasure::Notified::published;
    };
    CHECK(erase({{3, 3}, {7, 9}}, notify) == 4);
    CHECK(notified == std::vector<SeqRange>{{3, 3}, {7, 9}});
    CHECK(kept_notices(world.store()) == 0);
    notified.clear();
    CHECK(erase({{8, 11}, {19, 30}}, notify) == 4);  // of what is there
    CHECK(notified == std::vector<SeqRange>{{10, 11}, {19, 20}});
    notified.clear();
    CHECK(erase({{3, 3}, {500, 600}}, notify) == 0);
    CHECK(notified.empty());
    const std::vector<std::uint64_t> left{1, 2, 4, 5, 6, 12, 13, 14, 15, 16, 17, 18};
    CHECK(world.kept() == left);
    CHECK(ask_read(world.store(), world.from(1)).damaged.empty());
    CHECK(ask_open(world.store(), kLobby).state.head == 20);
    CHECK(world.append(21, 22) == StoreStatus::ok);
    CHECK(erase({{21, 21}}, {}) == 1);
    if (!world.under_test->reopen()) return;
    CHECK(world.kept().size() == left.size() + 1);
    CHECK(kept_notices(world.store()) == 1);
    CHECK(ask_read(world.store(), world.from(1)).damaged.empty());
  });
}

TEST_CASE("single records of a room that was never written are none, and grouped ones leave their group") {
  on_stores_that_erase([](StoreWorld& world) {
    UserErasure erasure({});
    REQUIRE(erasure.erase_records(world.store(), {{"", "nowhere"}, {{1, 5}}}, {}) == StoreStatus::ok);
    CHECK(erasure.records() == 0);
    RoomWrite write = write_of(kLobby, world.epoch, 1, 6);
    for (LogRecord& record : write.records) record = grouped(record, "tick", 4);
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    REQUIRE(erasure.erase_records(world.store(), {kLobby, {{1, 4}}}, {}) == StoreStatus::ok);
    CHECK(erasure.records() == 2);  // 1 and 2 were replaced
    RoomWrite more = write_of(kLobby, world.epoch, 7, 9);
    for (LogRecord& record : more.records) record = grouped(record, "tick", 4);
    REQUIRE(ask_append(world.store(), more) == StoreStatus::ok);
    CHECK(sequences_of(world.store(), kLobby, world.epoch) == std::vector<std::uint64_t>{6, 7, 8, 9});
  });
}

TEST_CASE("a store without users reports that instead of finding nothing") {
  const std::unique_ptr<StoreUnderTest> journal = store_makers().back().make();
  CHECK_FALSE(find_user(journal->store(), {"ann"}).is_supported);
  UserErasure erasure("ann");
  CHECK(erasure.erase(journal->store(), {}) == StoreStatus::failed);
}

}  // namespace dialogue::testing
