// Several servers on one database, and a database that has lost what was acknowledged.
#include <thread>

#include "server/store/factory/open_store.hpp"
#include "server/store/postgres/postgres_store.hpp"
#include "tests/server/store/support/heads.hpp"
#include "tests/server/store/support/postgres_server.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

TEST_CASE("of two servers that append to one room at one position, one is stale and goes on from where the other is") {
  const std::string url = PostgresServer::shared().url_of_new_schema();
  const auto first = open_store(url), second = open_store(url);
  const std::uint64_t epoch = ask_open(*first, kLobby).state.epoch;
  REQUIRE(ask_open(*second, kLobby).state.epoch == epoch);
  CHECK(ask_append(*first, write_of(kLobby, epoch, 1, 1)) == StoreStatus::ok);
  CHECK(ask_append(*second, write_of(kLobby, epoch, 1, 1)) == StoreStatus::stale);
  CHECK(ask_open(*second, kLobby).state.head == 1);
  CHECK(ask_append(*second, write_of(kLobby, epoch, 2, 2)) == StoreStatus::ok);
}

TEST_CASE("two servers that append to the same rooms at once make contiguous logs") {
  const std::string url = PostgresServer::shared().url_of_new_schema();
  const std::vector<RoomKey> rooms = {{"", "a"}, {"", "b"}, {"acme", "a"}};
  constexpr std::uint64_t kEach = 60;
  const auto append_all = [&rooms](Store& store, bool forwards) {
    std::vector<RoomKey> keys = rooms;
    if (!forwards) std::reverse(keys.begin(), keys.end());
    for (std::uint64_t done = 0; done < kEach;) {
      std::vector<RoomWrite> writes;
      for (const RoomKey& key : keys) {
        const RoomLogState state = ask_open(store, key).state;
        writes.push_back(write_of(key, state.epoch, state.head + 1, state.head + 1));
      }
      const std::vector<StoreStatus> statuses = ask_append_all(store, writes);
      if (std::count(statuses.begin(), statuses.end(), StoreStatus::ok) > 0) ++done;
    }
  };
  const auto first = open_store(url), second = open_store(url);
  std::thread other([&] { append_all(*second, false); });
  append_all(*first, true);
  other.join();
  for (const RoomKey& key : rooms) {
    const RoomLogState state = ask_open(*first, key).state;
    const std::vector<std::uint64_t> stored = sequences_of(*first, key, state.epoch);
    REQUIRE(stored.size() == state.head);
    for (std::size_t i = 0; i < stored.size(); ++i) REQUIRE(stored[i] == i + 1);
  }
}

TEST_CASE("a follower whose notifications are lost finds what was written by looking") {
  const std::string url = PostgresServer::shared().url_of_new_schema();
  PostgresStore silent(parse_postgres_address(url), {}, false);
  const auto follower = open_store(url);
  const std::uint64_t epoch = ask_open(silent, kLobby).state.epoch;
  Heads heads;
  const FollowResult follow = follower->follow({kLobby, epoch, 0}, heads.wake_up());
  REQUIRE(ask_append(silent, write_of(kLobby, epoch, 1, 3)) == StoreStatus::ok);
  CHECK(heads.wait_for_seq(3) == LogHead{StoreStatus::ok, epoch, 3});
}

TEST_CASE("two tenants with rooms of equal names have logs, groups and producers of their own") {
  const auto store = open_store(PostgresServer::shared().url_of_new_schema());
  const RoomKey blue{"blue", "lobby"}, red{"red", "lobby"};
  const std::uint64_t in_blue = ask_open(*store, blue).state.epoch, in_red = ask_open(*store, red).state.epoch;
  CHECK(in_blue != in_red);
  RoomWrite write = write_of(blue, in_blue, 1, 3);
  for (LogRecord& record : write.records) record = grouped(record, "tick", 1);
  write.producers = {all_of(producer_of("ann\np", 2, 100))};
  RoomWrite other = write_of(red, in_red, 1, 3);
  other.records[0] = grouped(other.records[0], "tick", 1);
  CHECK(ask_append_all(*store, {write, other}) == std::vector(2, StoreStatus::ok));
  CHECK(sequences_of(*store, blue, in_blue) == std::vector<std::uint64_t>{3});
  CHECK(sequences_of(*store, red, in_red) == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(ask_open(*store, red).state.producers.empty());
  CHECK(ask_append(*store, write_of(red, in_blue, 4, 4)) == StoreStatus::stale);
  REQUIRE(ask_erase(*store, blue) == StoreStatus::ok);
  CHECK(ask_open(*store, red).state.head == 3);
}

TEST_CASE("a database of another timeline gives every log another epoch") {
  const std::string url = PostgresServer::shared().url_of_new_schema();
  auto store = open_store(url);
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  REQUIRE(ask_append(*store, write_of(kLobby, epoch, 1, 2)) == StoreStatus::ok);
  PostgresServer::shared().sql("UPDATE " + PostgresServer::schema_of(url) + ".store SET timeline = timeline + 1");
  store = open_store(url);
  const RoomLogState state = ask_open(*store, kLobby).state;
  CHECK(state.epoch != epoch);
  CHECK(state.head == 2);
  CHECK(ask_append(*store, write_of(kLobby, epoch, 3, 3)) == StoreStatus::stale);
  CHECK(ask_append(*store, write_of(kLobby, state.epoch, 3, 3)) == StoreStatus::ok);
}

TEST_CASE("a database that was put back under a running server gives every log another epoch") {
  const std::string url = PostgresServer::shared().url_of_new_schema();
  const auto store = open_store(url);
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  for (std::uint64_t seq = 1; seq <= 3; ++seq) REQUIRE(ask_append(*store, write_of(kLobby, epoch, seq, seq)) == StoreStatus::ok);
  // As of the time before the last two; nobody may write or look before the old connections have ended.
  const std::string schema = PostgresServer::schema_of(url);
  PostgresServer::shared().sql(
      "SET search_path = " + schema + "; LOCK TABLE writer; UPDATE room SET head = 1; DELETE FROM record WHERE seq > 1; " +
      "UPDATE writer SET batch = 0 WHERE batch > 1; SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity " +
      "WHERE application_name = 'dialogue'");
  CHECK(ask_append(*store, write_of(kLobby, epoch, 2, 2)) == StoreStatus::stale);
  CHECK(ask_open(*store, kLobby).state.epoch != epoch);
}

TEST_CASE("texts and keys of any length and content are stored") {
  const auto store = open_store(PostgresServer::shared().url_of_new_schema());
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  RoomWrite write = write_of(kLobby, epoch, 1, 2);
  write.records[0] = grouped(write.records[0], std::string(60'000, 'k'), 1);
  write.records[1] = grouped(write.records[1], std::string(60'000, 'k'), 1);
  CHECK(ask_append(*store, write) == StoreStatus::ok);
  CHECK(sequences_of(*store, kLobby, epoch) == std::vector<std::uint64_t>{2});
  const std::string long_key(20'000, 'x');
  CHECK(ask_put(*store, {{{KeptKind::revocation, long_key, "", 500}}, 100}) == StoreStatus::ok);
  CHECK(ask_list(*store, {KeptKind::revocation}).entries.at(0).key == long_key);
}

TEST_CASE("a room's producers are the same before and after their changes are folded into their rows") {
  const auto store = open_store(PostgresServer::shared().url_of_new_schema());
  const std::uint64_t epoch = ask_open(*store, kLobby).state.epoch;
  for (std::uint64_t number = 1; number <= 100; ++number) {
    RoomWrite write = write_of(kLobby, epoch, number, number);
    const ProducerReceipt receipt{number, 1000 + number, static_cast<PayloadHash>(number * 7919), ErrorCode::ok};
    write.producers = {{"ann\np", number + 1, {receipt}, number}};
    const std::string many(2'000, 'm');  // so that they are folded several times
    write.producers.push_back(all_of(producer_of(many, 1, number)));
    REQUIRE(ask_append(*store, write) == StoreStatus::ok);
  }
  const std::vector<ProducerState> found = ask_open(*store, kLobby).state.producers;
  REQUIRE(found.size() == 2);
  CHECK(found[0].expected == 101);
  CHECK(found[0].receipts.size() == kPublishInFlightMax);
  for (const ProducerReceipt& receipt : found[0].receipts) CHECK(receipt.hash == static_cast<PayloadHash>(receipt.seq * 7919));
}

}  // namespace
}  // namespace dialogue::testing
