// What every store holds to, whatever keeps the logs: run on each row of store_makers().
#include <algorithm>
#include <numeric>

#include "server/core/log/producer_key.hpp"
#include "tests/server/store/support/store_kit.hpp"
#include "tests/server/store/support/store_makers.hpp"

namespace dialogue::testing {
namespace {

const RoomKey kGame{"", "game"};

std::vector<std::uint64_t> from_to(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> numbers(last + 1 - first);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

/// A store of the kind whose turn it is, with the lobby opened.
struct StoreWorld {
  explicit StoreWorld(const StoreMaker& maker) : under_test(maker.make()) { epoch = ask_open(store(), kLobby).state.epoch; }
  Store& store() { return under_test->store(); }
  StoreStatus append(std::uint64_t first, std::uint64_t last) {
    return ask_append(store(), write_of(kLobby, epoch, first, last));
  }
  std::vector<std::uint64_t> kept() { return sequences_of(store(), kLobby, epoch); }
  ReadRange from(std::uint64_t seq) {
    ReadRange range{kLobby, epoch};
    range.from_seq = seq;
    return range;
  }

  std::unique_ptr<StoreUnderTest> under_test;
  std::uint64_t epoch = 0;
};

/// Every behaviour is a template of a test over the makers: the section says which store it was.
template <typename Behaviour>
void on_every_store(Behaviour behaviour, bool with_odd_texts = false) {
  for (const StoreMaker& maker : store_makers()) {
    if (with_odd_texts && maker.is_guarded) continue;
    DYNAMIC_SECTION(maker.name) {
      StoreWorld world(maker);
      behaviour(world);
    }
  }
}

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

TEST_CASE("every byte comes back: empty texts, NUL, UTF-8, 64 KiB") {
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

TEST_CASE("a page past the head is empty and says where the log ends; one of another epoch is stale") {
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

TEST_CASE("a producer and its records are one write, and come back whole") {
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

TEST_CASE("F-K10 a producer that was evicted is forgotten with the write that says so, and may come back") {
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

}  // namespace
}  // namespace dialogue::testing
