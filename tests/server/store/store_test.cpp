// What every store holds to, whatever keeps the logs: appends, pages, groups, producers. Run on each row of store_makers().
#include <algorithm>

#include "server/core/log/producer_key.hpp"
#include "tests/server/store/support/every_store.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

TEST_CASE("a log that was never written is empty, with an epoch that stays") {
  on_every_store([](StoreWorld& world) {
    const RoomOpened opened = ask_open(world.store(), kLobby);
    CHECK(opened.status == StoreStatus::ok);
    CHECK(opened.state.epoch == world.epoch);
    CHECK(opened.state.epoch != 0);
    CHECK(opened.state.epoch <= 9007199254740991ULL);
    CHECK(opened.state.base == 1);
    CHECK(opened.state.head == 0);
    CHECK(opened.state.producers.empty());
    CHECK(ask_open(world.store(), kGame).state.epoch != world.epoch);
    CHECK(ask_open(world.store(), {"tenant", "lobby"}).state.epoch != world.epoch);
  });
}

TEST_CASE("what was appended is read as it was written, and is in the state") {
  on_every_store([](StoreWorld& world) {
    CHECK(world.append(1, 3) == StoreStatus::ok);
    CHECK(world.append(4, 4) == StoreStatus::ok);
    const LogPage page = ask_read(world.store(), world.from(1));
    REQUIRE(page.records.size() == 4);
    for (const LogRecord& record : page.records) CHECK(same(record, record_at(record.seq)));
    CHECK(page.first == 1);
    CHECK(page.last == 4);
    const RoomLogState state = ask_open(world.store(), kLobby).state;
    CHECK(state.head == 4);
    CHECK(state.base == 1);
    CHECK(state.timestamp_ms == record_at(4).timestamp_ms);
  });
}

TEST_CASE("every byte is read back: empty texts, NUL, UTF-8, 64 KiB") {
  on_every_store(
      [](StoreWorld& world) {
        RoomWrite write = write_of(kLobby, world.epoch, 1, 3);
        write.records[0].from = "";
        write.records[0].payload = std::string("\0\xF0\x9F\x98\x80\n", 6);
        write.records[1].payload = std::string(64 * 1024, 'x');
        write.records[2].event = "Ärger";
        CHECK(ask_append(world.store(), write) == StoreStatus::ok);
        ReadRange range = world.from(1);
        range.bytes_max = 1 << 20;
        const LogPage page = ask_read(world.store(), range);
        REQUIRE(page.records.size() == 3);
        for (std::size_t i = 0; i < 3; ++i) CHECK(same(page.records[i], write.records[i]));
      },
      true);
}

TEST_CASE("a write that does not continue its log is stale, and nothing of it happens") {
  on_every_store([](StoreWorld& world) {
    CHECK(world.append(2, 2) == StoreStatus::stale);
    CHECK(world.append(1, 2) == StoreStatus::ok);
    CHECK(world.append(2, 3) == StoreStatus::stale);
    CHECK(world.append(4, 4) == StoreStatus::stale);
    RoomWrite gap = write_of(kLobby, world.epoch, 3, 4);
    gap.records[1].seq = 5;
    CHECK(ask_append(world.store(), gap) == StoreStatus::stale);
    RoomWrite foreign = write_of(kLobby, world.epoch + 1, 3, 3);
    foreign.producers.push_back(all_of(producer_of("p", 1, 1)));
    CHECK(ask_append(world.store(), foreign) == StoreStatus::stale);
    CHECK(world.kept() == from_to(1, 2));
    CHECK(ask_open(world.store(), kLobby).state.producers.empty());
  });
}

TEST_CASE("of several writes in one request each stands for itself") {
  on_every_store([](StoreWorld& world) {
    const std::uint64_t game = ask_open(world.store(), kGame).state.epoch;
    const std::vector<StoreStatus> statuses =
        ask_append_all(world.store(), {write_of(kLobby, world.epoch, 1, 2), write_of(kGame, game, 7, 7),
                                       write_of(kLobby, world.epoch, 3, 3), write_of(kGame, game, 1, 1)});
    CHECK(statuses == std::vector{StoreStatus::ok, StoreStatus::stale, StoreStatus::ok, StoreStatus::ok});
    CHECK(world.kept() == from_to(1, 3));
    CHECK(sequences_of(world.store(), kGame, game) == from_to(1, 1));
  });
}

TEST_CASE("pages go forward by count and by bytes, and cover the log without a hole between") {
  on_every_store([](StoreWorld& world) {
    REQUIRE(world.append(1, 50) == StoreStatus::ok);
    ReadRange range = world.from(1);
    range.records_max = 7;
    std::vector<std::uint64_t> read;
    while (range.from_seq <= 50) {
      const LogPage page = ask_read(world.store(), range);
      REQUIRE(page.first == range.from_seq);
      REQUIRE(page.last >= page.first);
      CHECK(page.records.size() <= 7);
      for (const LogRecord& record : page.records) read.push_back(record.seq);
      range.from_seq = page.last + 1;
    }
    CHECK(read == from_to(1, 50));
    range = world.from(10);
    range.bytes_max = 2 * record_at(10).payload.size();
    CHECK(sequences(ask_read(world.store(), range)) == from_to(10, 11));
    range.bytes_max = 1;
    CHECK(sequences(ask_read(world.store(), range)) == from_to(10, 10));
  });
}

TEST_CASE("pages go backwards from the newest, each in ascending order") {
  on_every_store([](StoreWorld& world) {
    REQUIRE(world.append(1, 10) == StoreStatus::ok);
    ReadRange range = world.from(9007199254740991ULL);
    range.backwards = true;
    range.records_max = 4;
    const LogPage newest = ask_read(world.store(), range);
    CHECK(sequences(newest) == from_to(7, 10));
    CHECK(newest.first == 7);
    CHECK(newest.last == 10);
    range.from_seq = newest.first - 1;
    CHECK(sequences(ask_read(world.store(), range)) == from_to(3, 6));
    range.from_seq = 2;
    const LogPage oldest = ask_read(world.store(), range);
    CHECK(sequences(oldest) == from_to(1, 2));
    CHECK(oldest.first == 1);
    range.bytes_max = 1;
    CHECK(sequences(ask_read(world.store(), range)) == from_to(2, 2));
  });
}

TEST_CASE("a page past the head is empty and has the log's end; a page of another epoch is stale") {
  on_every_store([](StoreWorld& world) {
    REQUIRE(world.append(1, 2) == StoreStatus::ok);
    const LogPage past = ask_read(world.store(), world.from(3));
    CHECK(past.status == StoreStatus::ok);
    CHECK(past.records.empty());
    CHECK(past.last < past.first);
    CHECK(past.head == 2);
    ReadRange foreign = world.from(1);
    foreign.epoch += 1;
    CHECK(ask_read(world.store(), foreign).status == StoreStatus::stale);
  });
}

TEST_CASE("nothing below the base is read, and the base never goes back or past the head") {
  on_every_store([](StoreWorld& world) {
    RoomWrite write = write_of(kLobby, world.epoch, 1, 10);
    write.base = 4;
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    CHECK(world.kept() == from_to(4, 10));
    CHECK(ask_read(world.store(), world.from(1)).first == 4);
    ReadRange back = world.from(10);
    back.backwards = true;
    CHECK(sequences(ask_read(world.store(), back)) == from_to(4, 10));
    back.from_seq = 3;
    CHECK(ask_read(world.store(), back).records.empty());
    RoomWrite lower = write_of(kLobby, world.epoch, 11, 11);
    lower.base = 2;
    REQUIRE(ask_append(world.store(), lower) == StoreStatus::ok);
    CHECK(ask_open(world.store(), kLobby).state.base == 4);
    RoomWrite all = write_of(kLobby, world.epoch, 12, 12);
    all.base = 100;
    REQUIRE(ask_append(world.store(), all) == StoreStatus::ok);
    CHECK(ask_open(world.store(), kLobby).state.base == 13);
    CHECK(world.kept().empty());
    CHECK(world.append(13, 13) == StoreStatus::ok);
    CHECK(world.kept() == from_to(13, 13));
  });
}

TEST_CASE("of a group the newest stay; what they replaced is a hole in pages that cover it") {
  on_every_store([](StoreWorld& world) {
    RoomWrite write = write_of(kLobby, world.epoch, 1, 9);
    for (std::size_t i : {0, 2, 4}) write.records[i] = grouped(write.records[i], "cursor\nada", 1);
    for (std::size_t i : {1, 3, 5, 7}) write.records[i] = grouped(write.records[i], "tick", 2);
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    CHECK(world.kept() == std::vector<std::uint64_t>{5, 6, 7, 8, 9});
    RoomWrite next = write_of(kLobby, world.epoch, 10, 11);
    next.records[0] = grouped(next.records[0], "cursor\nada", 1);
    next.records[1] = grouped(next.records[1], "tick", 2);
    REQUIRE(ask_append(world.store(), next) == StoreStatus::ok);
    CHECK(world.kept() == std::vector<std::uint64_t>{7, 8, 9, 10, 11});
    const LogPage page = ask_read(world.store(), world.from(1));
    CHECK(page.first == 1);
    CHECK(page.last == 11);
  });
}

TEST_CASE("F-U-M13 a deletion takes the place of its key's record, is read as one, and gives way to the next") {
  on_every_store([](StoreWorld& world) {
    RoomWrite write = write_of(kLobby, world.epoch, 1, 4);
    for (std::size_t i : {0, 2}) write.records[i] = grouped(write.records[i], "order\n\"a", 1);
    for (std::size_t i : {1, 3}) write.records[i] = grouped(write.records[i], "order\n\"b", 1);
    write.records[2].deletes = true;
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    const auto deletions = [&world] {
      std::vector<std::uint64_t> found;
      for (const LogRecord& record : ask_read(world.store(), world.from(1)).records)
        if (record.deletes) found.push_back(record.seq);
      return found;
    };
    CHECK(world.kept() == std::vector<std::uint64_t>{3, 4});
    CHECK(deletions() == std::vector<std::uint64_t>{3});
    CHECK(ask_read(world.store(), world.from(1)).records[0].payload == record_at(3).payload);
    RoomWrite next = write_of(kLobby, world.epoch, 5, 6);
    next.records[0] = grouped(next.records[0], "order\n\"a", 1);
    next.records[1] = grouped(next.records[1], "order\n\"b", 1);
    next.records[1].deletes = true;
    REQUIRE(ask_append(world.store(), next) == StoreStatus::ok);
    CHECK(world.kept() == std::vector<std::uint64_t>{5, 6});
    CHECK(deletions() == std::vector<std::uint64_t>{6});
  });
}

TEST_CASE("groups and the base together: a replaced record below the base disturbs nothing") {
  on_every_store([](StoreWorld& world) {
    for (std::uint64_t seq = 1; seq <= 40; ++seq) {
      RoomWrite write = write_of(kLobby, world.epoch, seq, seq);
      write.records[0] = grouped(write.records[0], seq % 2 ? "odd" : "even", 5);
      write.base = seq > 6 ? seq - 6 : 1;
      REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    }
    CHECK(world.kept() == from_to(34, 40));
  });
}

TEST_CASE("a producer and its records are one write, and are read back whole") {
  on_every_store([](StoreWorld& world) {
    RoomWrite write = write_of(kLobby, world.epoch, 1, 40);
    const ProducerState ada = producer_of("ada\n1", 32, 5);
    ProducerState bob = producer_of("bob\n2", 1, 6);
    bob.receipts[0] = {99, 0, 0, ErrorCode::denied_by_hook};
    write.producers = {all_of(ada), all_of(bob)};
    REQUIRE(ask_append(world.store(), write) == StoreStatus::ok);
    RoomWrite again;
    again.key = kLobby;
    again.epoch = world.epoch;
    bob.expected = 3;
    bob.used_ms = 7;
    bob.receipts.push_back({41, 7, 5, ErrorCode::ok});
    again.producers = {delta_of(bob, 1)};
    REQUIRE(ask_append(world.store(), again) == StoreStatus::ok);
    std::vector<ProducerState> found = ask_open(world.store(), kLobby).state.producers;
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    REQUIRE(found.size() == 2);
    CHECK(found[0] == ada);
    CHECK(found[1] == bob);
    CHECK(ask_open(world.store(), kLobby).state.head == 40);
  });
}

}  // namespace dialogue::testing
