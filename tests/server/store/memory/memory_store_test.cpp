// What is MemoryStore's own: its bound, its seed, what it costs.
#include "server/store/memory/memory_store.hpp"

#include "server/core/log/producer_table.hpp"
#include "tests/server/store/support/store_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

TEST_CASE("a memory store over its bound answers full, keeps what it has, and recovers when something goes") {
  constexpr std::size_t kBytesMax = 100'000;
  MemoryStore store(1, kBytesMax);
  const std::uint64_t epoch = ask_open(store, kLobby).state.epoch;
  std::uint64_t seq = 1;
  while (ask_append(store, write_of(kLobby, epoch, seq, seq)) == StoreStatus::ok) ++seq;
  CHECK(ask_append(store, write_of(kLobby, epoch, seq, seq)) == StoreStatus::full);
  CHECK(store.bytes() <= kBytesMax);
  CHECK(sequences_of(store, kLobby, epoch).size() == seq - 1);
  TrimLog trim = trim_of(kLobby, epoch);
  trim.before_ms = record_at(seq / 2).timestamp_ms;
  while (ask_trim(store, trim).more) continue;
  CHECK(ask_append(store, write_of(kLobby, epoch, seq, seq)) == StoreStatus::ok);
  REQUIRE(ask_erase(store, kLobby) == StoreStatus::ok);
  CHECK(store.bytes() == 0);
}

TEST_CASE("F-K11 epochs of erased logs are bounded: when they are forgotten, each of these rooms has another epoch") {
  constexpr std::size_t kErasedMax = 65'536;
  MemoryStore store(1, 100'000);
  REQUIRE(ask_erase(store, kLobby) == StoreStatus::ok);
  const std::uint64_t epoch = ask_open(store, kLobby).state.epoch;
  for (std::size_t i = 1; i < kErasedMax; ++i) static_cast<void>(ask_erase(store, {"", "room-" + std::to_string(i)}));
  CHECK(ask_open(store, kLobby).state.epoch == epoch);
  REQUIRE(ask_erase(store, {"", "one more"}) == StoreStatus::ok);
  CHECK(ask_open(store, kLobby).state.epoch != epoch);
}

TEST_CASE("F-K11 a full memory store evicts idle logs, the least recently used first, before it reports full") {
  constexpr std::size_t kBytesMax = 100'000;
  MemoryStore store(1, kBytesMax);
  const std::vector<RoomKey> keys = {{"", "a"}, {"", "b"}, {"", "c"}, {"", "d"}};
  std::vector<std::uint64_t> epochs;
  for (const RoomKey& key : keys) {
    epochs.push_back(ask_open(store, key).state.epoch);
    REQUIRE(ask_append(store, write_of(key, epochs.back(), 1, 50)) == StoreStatus::ok);
  }
  for (const std::size_t unused : {1, 0, 3}) {
    TrimLog trim = trim_of(keys[unused], epochs[unused]);
    trim.is_unused = true;
    REQUIRE(ask_trim(store, trim).status == StoreStatus::ok);
  }
  CHECK(ask_open(store, keys[3]).state.epoch == epochs[3]);  // it is used again
  const std::uint64_t epoch = ask_open(store, kLobby).state.epoch;
  std::uint64_t seq = 0;
  while (ask_append(store, write_of(kLobby, epoch, seq + 1, seq + 1)) == StoreStatus::ok) ++seq;
  CHECK(store.bytes() <= kBytesMax);
  CHECK(ask_open(store, keys[0]).state.epoch != epochs[0]);
  CHECK(ask_open(store, keys[1]).state.epoch != epochs[1]);
  CHECK(ask_open(store, keys[2]).state.epoch == epochs[2]);
  CHECK(ask_open(store, keys[3]).state.epoch == epochs[3]);
  CHECK(sequences_of(store, keys[2], epochs[2]).size() == 50);
  CHECK(sequences_of(store, kLobby, epoch).size() == seq);
}

TEST_CASE("what a memory store counts goes back to nothing with groups, producers and windows") {
  MemoryStore store(1);
  const std::uint64_t epoch = ask_open(store, kLobby).state.epoch;
  RoomWrite write = write_of(kLobby, epoch, 1, 600);
  for (LogRecord& record : write.records) record = grouped(record, record.seq % 2 ? "a" : "b", record.seq % 2 ? 3 : 500);
  write.producers = {all_of(producer_of("p", 5, 10))};
  REQUIRE(ask_append(store, write) == StoreStatus::ok);
  TrimLog trim = trim_of(kLobby, epoch);
  trim.windows = {{"b", 5000}};
  trim.before_ms = 5000;
  trim.producers_before_ms = 5000;
  while (ask_trim(store, trim).more) continue;
  CHECK(store.bytes() == 0);
}

TEST_CASE("old records of an unopened log in memory are deleted when others are written") {
  MemoryStore store(1);
  RoomWrite write = write_of(kLobby, ask_open(store, kLobby).state.epoch, 1, 5);
  write.keep_ms = 1'000;
  REQUIRE(ask_append(store, write) == StoreStatus::ok);
  const std::size_t with_records = store.bytes();
  const RoomKey other{"", "other"};
  const std::uint64_t epoch = ask_open(store, other).state.epoch;
  const auto write_others = [&](std::uint64_t from, std::uint64_t until_ms) {
    for (std::uint64_t seq = from; seq < from + 100; ++seq) {
      RoomWrite next = write_of(other, epoch, seq, seq);
      next.clock_ms = until_ms - (from + 99 - seq);
      next.base = seq + 1;
      REQUIRE(ask_append(store, next) == StoreStatus::ok);
    }
  };
  write_others(1, record_at(1).timestamp_ms + 1'000);
  CHECK(ask_open(store, kLobby).state.base == 1);
  CHECK(store.bytes() == with_records);
  write_others(101, record_at(5).timestamp_ms + 1'001);
  CHECK(ask_open(store, kLobby).state.base == 6);
  CHECK(store.bytes() == 0);
}

TEST_CASE("two memory stores with one seed give the same epochs, with another seed others") {
  MemoryStore one(1), same_seed(1), other(2);
  CHECK(ask_open(one, kLobby).state.epoch == ask_open(same_seed, kLobby).state.epoch);
  CHECK(ask_open(one, kLobby).state.epoch != ask_open(other, kLobby).state.epoch);
}

}  // namespace
}  // namespace dialogue::testing
