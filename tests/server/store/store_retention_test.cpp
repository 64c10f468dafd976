// What every store forgets, and what it keeps over a restart. Run on each row of store_makers().
#include <algorithm>

#include "server/core/log/producer_key.hpp"
#include "tests/server/store/support/every_store.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

TEST_CASE("R-58 trimming by age moves the base, in bounded steps, and is done at some time") {
  on_every_store([](StoreWorld& world) {
    REQUIRE(world.append(1, 1000) == StoreStatus::ok);
    TrimLog trim = trim_of(kLobby, world.epoch);
    trim.before_ms = record_at(901).timestamp_ms;
    LogTrimmed trimmed{StoreStatus::ok, 1, true};
    std::size_t steps = 0;
    for (; trimmed.more; ++steps) {
      const std::uint64_t before = trimmed.base;
      trimmed = ask_trim(world.store(), trim);
      REQUIRE(trimmed.status == StoreStatus::ok);
      CHECK(trimmed.base >= before);
      REQUIRE(steps < 1000);
    }
    CHECK(steps > 1);
    CHECK(trimmed.base == 901);
    CHECK(world.kept() == from_to(901, 1000));
    trim.before_ms = 1'000'000;
    while (ask_trim(world.store(), trim).more) continue;
    CHECK(world.kept().empty());
    const RoomLogState state = ask_open(world.store(), kLobby).state;
    CHECK(state.base == 1001);
    CHECK(state.head == 1000);
    CHECK(state.timestamp_ms == record_at(1000).timestamp_ms);
    CHECK(world.append(1001, 1001) == StoreStatus::ok);
  });
}

TEST_CASE("trimming one group leaves the others; of another epoch it is stale") {
  on_every_store([](StoreWorld& world) {
    RoomWrite write = write_of(kLobby, world.epoch, 1, 20);
    for (std::size_t i = 0; i < 20; i += 2) write.records[i] = grouped(write.records[i], "tick", 100);
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    TrimLog trim = trim_of(kLobby, world.epoch);
    trim.windows.push_back({"tick", record_at(18).timestamp_ms});
    while (ask_trim(world.store(), trim).more) continue;
    CHECK(world.kept() == std::vector<std::uint64_t>{2, 4, 6, 8, 10, 12, 14, 16, 18, 19, 20});
    trim.epoch += 1;
    CHECK(ask_trim(world.store(), trim).status == StoreStatus::stale);
  });
}

TEST_CASE("a producer is forgotten when it is unused and nothing that it published is left, not before") {
  on_every_store([](StoreWorld& world) {
    RoomWrite write = write_of(kLobby, world.epoch, 1, 10);
    write.producers = {all_of(producer_of("old", 2, 100)), all_of(producer_of("used", 2, 900)),
                       all_of(producer_of("readable", 8, 100))};
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    TrimLog trim = trim_of(kLobby, world.epoch);
    trim.producers_before_ms = 500;
    while (ask_trim(world.store(), trim).more) continue;
    CHECK(ask_open(world.store(), kLobby).state.producers.size() == 3);
    trim.before_ms = record_at(5).timestamp_ms;
    while (ask_trim(world.store(), trim).more) continue;
    std::vector<ProducerState> left = ask_open(world.store(), kLobby).state.producers;
    std::sort(left.begin(), left.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    REQUIRE(left.size() == 2);
    CHECK(left[0].key == "readable");
    CHECK(left[1].key == "used");
  });
}

TEST_CASE("F-K10 a producer that was evicted is forgotten with the write that reports it, and may return") {
  on_every_store([](StoreWorld& world) {
    const auto keys = [&world] {
      std::vector<std::string> there;
      for (const ProducerState& producer : ask_open(world.store(), kLobby).state.producers)
        if (producer.expected > 1) there.push_back(producer.key);
      std::sort(there.begin(), there.end());
      return there;
    };
    RoomWrite write = write_of(kLobby, world.epoch, 1, 1);
    write.producers = {all_of(producer_of("ada", 2, 100)), all_of(producer_of("bob", 2, 100))};
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    write = write_of(kLobby, world.epoch, 2, 2);
    write.producers = {{"ada", 1, {}, 200}, {"nobody", 1, {}, 200}, all_of(producer_of("eve", 1, 200))};
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    CHECK(keys() == std::vector<std::string>{"bob", "eve"});
    if (world.under_test->reopen()) CHECK(keys() == std::vector<std::string>{"bob", "eve"});
    write = write_of(kLobby, ask_open(world.store(), kLobby).state.epoch, 3, 3);
    write.producers = {delta_of(producer_of("ada", 9, 300), 1)};
    if (ask_append(world.store(), write) != StoreStatus::ok) return;  // another log, since nothing outlived it
    CHECK(keys() == std::vector<std::string>{"ada", "bob", "eve"});
  });
}

TEST_CASE("F-K23 a page's producer is forgotten when it is unused, though its events can be read") {
  on_every_store([](StoreWorld& world) {
    const std::string old_page = producer_key("ann", ProducerKind::page, "old"),
                      page = producer_key("ann", ProducerKind::page, "p"), kept = producer_key("ann", ProducerKind::kept, "p"),
                      plain = producer_key("ann", ProducerKind::plain, "p");
    RoomWrite write = write_of(kLobby, world.epoch, 1, 10);
    write.producers = {all_of(producer_of(old_page, 2, 100)), all_of(producer_of(page, 2, 900)),
                       all_of(producer_of(kept, 2, 100)), all_of(producer_of(plain, 2, 100))};
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    TrimLog trim = trim_of(kLobby, world.epoch);
    trim.page_producers_before_ms = 500;
    while (ask_trim(world.store(), trim).more) continue;
    std::vector<std::string> left;
    for (const ProducerState& producer : ask_open(world.store(), kLobby).state.producers) left.push_back(producer.key);
    std::sort(left.begin(), left.end());
    CHECK(left == std::vector<std::string>{kept, page, plain});
  });
}

TEST_CASE("erasing empties a log and gives it a new epoch; the old one is stale from then on") {
  on_every_store([](StoreWorld& world) {
    RoomWrite write = write_of(kLobby, world.epoch, 1, 5);
    write.records[0] = grouped(write.records[0], "tick", 1);
    write.producers = {all_of(producer_of("p", 1, 1))};
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    REQUIRE(ask_erase(world.store(), kLobby) == StoreStatus::ok);
    CHECK(world.append(6, 6) == StoreStatus::stale);
    CHECK(world.append(1, 1) == StoreStatus::stale);
    CHECK(ask_read(world.store(), world.from(1)).status == StoreStatus::stale);
    const RoomLogState state = ask_open(world.store(), kLobby).state;
    CHECK(state.epoch != world.epoch);
    CHECK(state.head == 0);
    CHECK(state.base == 1);
    CHECK(state.producers.empty());
    CHECK(ask_append(world.store(), write_of(kLobby, state.epoch, 1, 2)) == StoreStatus::ok);
    CHECK(sequences_of(world.store(), kLobby, state.epoch) == from_to(1, 2));
    CHECK(ask_erase(world.store(), {"", "never"}) == StoreStatus::ok);
  });
}

TEST_CASE("rooms of one name in two tenants are two rooms") {
  on_every_store([](StoreWorld& world) {
    const RoomKey other{"acme", "lobby"};
    const std::uint64_t epoch = ask_open(world.store(), other).state.epoch;
    REQUIRE(world.append(1, 2) == StoreStatus::ok);
    REQUIRE(ask_append(world.store(), write_of(other, epoch, 1, 1)) == StoreStatus::ok);
    CHECK(world.kept() == from_to(1, 2));
    CHECK(sequences_of(world.store(), other, epoch) == from_to(1, 1));
    REQUIRE(ask_erase(world.store(), other) == StoreStatus::ok);
    CHECK(world.kept() == from_to(1, 2));
  });
}

TEST_CASE("requests about one room take effect in the order in which they were made") {
  on_every_store([](StoreWorld& world) {
    std::vector<std::future<StoreStatus>> answers;
    for (std::uint64_t seq = 1; seq <= 200; ++seq) {
      const auto promise = std::make_shared<std::promise<StoreStatus>>();
      answers.push_back(promise->get_future());
      world.store().append({write_of(kLobby, world.epoch, seq, seq)},
                           [promise](const auto& statuses) { promise->set_value(statuses.at(0)); });
    }
    const RoomOpened opened = ask_open(world.store(), kLobby);
    CHECK(opened.state.head == 200);
    for (auto& answer : answers) CHECK(answer.get() == StoreStatus::ok);
    CHECK(world.kept() == from_to(1, 200));
  });
}

TEST_CASE("what a lasting store has acknowledged is there when it is opened again, epochs too") {
  on_every_store([](StoreWorld& world) {
    RoomWrite write = write_of(kLobby, world.epoch, 1, 20);
    write.base = 3;
    write.records[5] = grouped(write.records[5], "tick", 1);
    write.records[7] = grouped(write.records[7], "tick", 1);
    write.producers = {all_of(producer_of("p", 20, 9))};
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    const std::uint64_t game = ask_open(world.store(), kGame).state.epoch;
    const std::vector<std::uint64_t> before = world.kept();
    if (!world.under_test->reopen()) return;
    const RoomLogState state = ask_open(world.store(), kLobby).state;
    CHECK(state.epoch == world.epoch);
    CHECK(state.head == 20);
    CHECK(state.base == 3);
    REQUIRE(state.producers.size() == 1);
    CHECK(state.producers[0] == producer_of("p", 20, 9));
    CHECK(world.kept() == before);
    CHECK(ask_open(world.store(), kGame).state.epoch == game);
    REQUIRE(ask_erase(world.store(), kLobby) == StoreStatus::ok);
    const std::uint64_t fresh = ask_open(world.store(), kLobby).state.epoch;
    REQUIRE(world.under_test->reopen());
    CHECK(ask_open(world.store(), kLobby).state.epoch == fresh);
  });
}

TEST_CASE("F-K18 the definition of a room that was made at run time is kept over a restart, until its room is erased") {
  on_every_store([](StoreWorld& world) {
    const std::vector<KeptRoom> both = {{{"", "den"}, R"({"id":"den"})"}, {{"acme", "den"}, R"({"id":"den","name":"D\u00e9n"})"}};
    CHECK(rooms_of(world.store()).empty());
    CHECK(ask_define(world.store(), {{"", "den"}, "an older one"}) == StoreStatus::ok);
    for (const KeptRoom& room : both) CHECK(ask_define(world.store(), room) == StoreStatus::ok);
    CHECK(rooms_of(world.store()) == both);
    CHECK(ask_list(world.store(), {KeptKind::room}).is_kept);
    if (world.under_test->reopen()) CHECK(rooms_of(world.store()) == both);
    const std::uint64_t epoch = ask_open(world.store(), both[0].key).state.epoch;
    CHECK(ask_erase(world.store(), both[0].key) == StoreStatus::ok);
    CHECK(rooms_of(world.store()) == std::vector<KeptRoom>{both[1]});
    if (world.under_test->reopen()) CHECK(rooms_of(world.store()) == std::vector<KeptRoom>{both[1]});
    CHECK(ask_open(world.store(), both[0].key).state.epoch != epoch);
  });
}

TEST_CASE("R-41 revocations are kept over a restart, each once, until their time to be forgotten") {
  on_every_store([](StoreWorld& world) {
    Store& store = world.store();
    CHECK(revocations_of(store).empty());
    REQUIRE(ask_revoke(store, {{"t-1", "", 0}, 500}, 100) == StoreStatus::ok);
    REQUIRE(ask_revoke(store, {{"", "ann", 100}, 200}, 100) == StoreStatus::ok);
    REQUIRE(ask_revoke(store, {{"", "", 90}, 900}, 100) == StoreStatus::ok);
    REQUIRE(ask_revoke(store, {{"t-1", "", 0}, 600}, 100) == StoreStatus::ok);
    const std::vector<std::string> all = {"//90/900", "/ann/100/200", "t-1//0/600"};
    CHECK(revocations_of(store) == all);
    if (world.under_test->reopen()) CHECK(revocations_of(world.store()) == all);
    REQUIRE(ask_revoke(world.store(), {{"t-2", "bob", 0}, 700}, 200) == StoreStatus::ok);
    const std::vector<std::string> later = {"//90/900", "t-1//0/600", "t-2/bob/0/700"};
    CHECK(revocations_of(world.store()) == later);
    if (world.under_test->reopen()) CHECK(revocations_of(world.store()) == later);
  });
}

}  // namespace dialogue::testing
