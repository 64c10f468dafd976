// Copies between all kinds of stores: what a server and its clients rely on is in the copy, and what would harm is refused.
#include "server/store/copy/store_copy.hpp"

#include <map>

#include "server/store/factory/open_store.hpp"
#include "server/store/memory/shared_memory_store.hpp"
#include "server/store/store_error.hpp"
#include "tests/server/net/temporary_directory.hpp"
#include "tests/server/store/support/postgres_server.hpp"
#include "tests/server/store/support/redis_server.hpp"
#include "tests/server/store/support/store_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

const RoomKey kTopics{"", "topics"}, kTrimmed{"acme", "lobby"}, kErased{"", "erased"}, kQuiet{"", "quiet"};
constexpr std::uint64_t kManyRecords = 700, kManyProducers = 300;

/// A new, empty store of one kind.
struct CopiedKind {
  const char* name;
  std::string (*url)(const std::string& directory);  ///< null: in memory
};

const std::vector<CopiedKind>& copied_kinds() {
  static const std::vector<CopiedKind> kinds = {
      {"memory", nullptr},
      {"sqlite", [](const std::string& directory) { return "sqlite:" + directory + "/dialogue.db"; }},
      {"postgres", [](const std::string&) { return PostgresServer::shared().url_of_new_schema(); }},
      {"redis", [](const std::string&) { return RedisServer::shared().url_of_new_store(); }},
  };
  return kinds;
}

class CopiedStore {
 public:
  explicit CopiedStore(const CopiedKind& kind) : url_(kind.url == nullptr ? std::string() : kind.url(directory_.path())) {
    open();
  }
  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  /// Closes it and opens it again, if it outlives that.
  void reopen() {
    if (url_.empty()) return;
    store_.reset();
    open();
  }

 private:
  void open() {
    if (url_.empty())
      store_ = std::make_unique<SharedMemoryStore>(++seeds_);
    else
      store_ = open_store(url_);
  }
  static inline std::uint64_t seeds_ = 100;
  test::TemporaryDirectory directory_;
  const std::string url_;
  std::unique_ptr<Store> store_;
};

std::uint64_t epoch_in(Store& store, const RoomKey& key) { return ask_open(store, key).state.epoch; }

void fill(Store& store) {
  RoomWrite many = write_of(kLobby, epoch_in(store, kLobby), 1, kManyRecords);
  for (std::uint64_t i = 0; i < kManyProducers; ++i)
    many.producers.push_back(all_of(producer_of("ann\n" + std::to_string(i), 3, 5000 + i)));
  many.records[6].deletes = true;
  REQUIRE(ask_append(store, many) == StoreStatus::ok);
  RoomWrite topics = write_of(kTopics, epoch_in(store, kTopics), 1, 9);
  for (LogRecord& each : topics.records) each = grouped(each, each.seq % 2 == 0 ? "even" : "odd", 2);
  topics.records[3].payload = std::string(200'000, 'x');
  REQUIRE(ask_append(store, topics) == StoreStatus::ok);  // leaves 6 to 9
  RoomWrite trimmed = write_of(kTrimmed, epoch_in(store, kTrimmed), 1, 20);
  trimmed.base = 15;
  trimmed.keep_ms = kDayMs;
  REQUIRE(ask_append(store, trimmed) == StoreStatus::ok);
  REQUIRE(ask_append(store, write_of(kErased, epoch_in(store, kErased), 1, 3)) == StoreStatus::ok);
  REQUIRE(ask_erase(store, kErased) == StoreStatus::ok);
  REQUIRE(ask_append(store, write_of(kErased, epoch_in(store, kErased), 1, 1)) == StoreStatus::ok);
  RoomWrite quiet = write_of(kQuiet, epoch_in(store, kQuiet), 1, 0);
  quiet.producers.push_back(all_of(producer_of("bob\n1", 2, 900)));
  REQUIRE(ask_append(store, quiet) == StoreStatus::ok);
  const UserErased erased = answer_of<UserErased>([&](auto done) { store.erase_user({"user-1"}, done); });
  REQUIRE(erased.status == StoreStatus::ok);
  REQUIRE(ask_define(store, {{"", "made"}, "{\"events\":[]}"}) == StoreStatus::ok);
  REQUIRE(ask_revoke(store, {{"token-1", "ann", 90}, 4'000'000'000}, 1) == StoreStatus::ok);
  REQUIRE(ask_put(store, {{{KeptKind::secret, {}, "a key"}}}) == StoreStatus::ok);
}

std::vector<ProducerState> producers_in(Store& store, const RoomKey& key) {
  std::vector<ProducerState> found = ask_open(store, key).state.producers;
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return found;
}

void check_same(Store& from, Store& to) {
  for (const RoomKey& key : {kLobby, kTopics, kTrimmed, kErased, kQuiet}) {
    INFO(key.tenant << "/" << key.room);
    const RoomLogState here = ask_open(from, key).state, there = ask_open(to, key).state;
    CHECK(there.epoch == here.epoch);
    CHECK(there.base == here.base);
    CHECK(there.head == here.head);
    // A store sets the time of a room that was erased before anything was written when it has time: either may have none.
    if (std::min(here.timestamp_ms, there.timestamp_ms) > 0) CHECK(there.timestamp_ms == here.timestamp_ms);
    CHECK(producers_in(to, key) == producers_in(from, key));
    ReadRange range{key, here.epoch};
    range.records_max = 100'000;
    range.bytes_max = 1 << 30;
    const LogPage page = ask_read(from, range), copied = ask_read(to, range);
    CHECK(copied.damaged.empty());
    REQUIRE(sequences(copied) == sequences(page));
    for (std::size_t i = 0; i < page.records.size(); ++i) {
      CHECK(same(copied.records[i], page.records[i]));
      CHECK(copied.records[i].group == page.records[i].group);
      CHECK(copied.records[i].deletes == page.records[i].deletes);
    }
  }
  CHECK(rooms_of(to) == rooms_of(from));
  CHECK(dialogue::testing::revocations_of(to) == dialogue::testing::revocations_of(from));
  CHECK(ask_list(to, {KeptKind::secret}).entries.at(0).value == "a key");
  CHECK(ask_list(to, {KeptKind::copying}).entries.empty());
  CHECK(ask_list(to, {KeptKind::notice}).entries.size() == ask_list(from, {KeptKind::notice}).entries.size());
}

/// A server goes on where the source ended: appends, groups, and retries of producers.
void check_goes_on(Store& store) {
  const std::uint64_t lobby = epoch_in(store, kLobby), topics = epoch_in(store, kTopics), trimmed = epoch_in(store, kTrimmed);
  CHECK(ask_append(store, write_of(kLobby, lobby, kManyRecords, kManyRecords)) == StoreStatus::stale);
  RoomWrite next = write_of(kLobby, lobby, kManyRecords + 1, kManyRecords + 1);
  next.producers.push_back({"ann\n7", 5, {{kManyRecords + 1, 9000, 17, ErrorCode::ok}}, 9000});
  REQUIRE(ask_append(store, next) == StoreStatus::ok);
  for (const ProducerState& each : producers_in(store, kLobby))
    if (each.key == "ann\n7") {
      CHECK(each.expected == 5);
      CHECK(each.receipts.size() == 4);
      CHECK(each.receipts.back().seq == kManyRecords + 1);
    }
  RoomWrite group = write_of(kTopics, topics, 10, 10);
  group.records[0] = grouped(group.records[0], "even", 2);
  REQUIRE(ask_append(store, group) == StoreStatus::ok);
  for (const std::uint64_t seq : sequences_of(store, kTopics, topics)) CHECK(seq != 6);
  TrimLog trim = trim_of(kTrimmed, trimmed);
  trim.before_ms = record_at(18).timestamp_ms;
  CHECK(ask_trim(store, trim).base == 18);
}

CopySummary copy_between(Store& from, Store& to) { return copy_store({from, "FROM"}, {to, "TO"}); }

}  // namespace

TEST_CASE("a copy between any two kinds has epochs, sequences, records, producers and the kept state, and goes on") {
  for (const CopiedKind& source : copied_kinds()) {
    for (const CopiedKind& target : copied_kinds()) {
      DYNAMIC_SECTION(source.name << " to " << target.name) {
        CopiedStore from(source), to(target);
        fill(*from);
        std::uint64_t reports = 0;
        CopyProgress last;
        const CopySummary copied = copy_store({*from, "FROM"}, {*to, "TO"}, [&](const CopyProgress& progress) {
          ++reports;
          last = progress;
        });
        CHECK(copied.rooms == 5);
        CHECK(copied.producers == kManyProducers + 1);
        CHECK(copied.kept >= 3);
        CHECK(copied.events > 400);
        CHECK(reports == 10);
        CHECK(last.is_verifying);
        CHECK(last.rooms == last.rooms_all);
        check_same(*from, *to);
        to.reopen();
        check_same(*from, *to);
        check_goes_on(*to);
        to.reopen();
        CHECK(ask_open(*to, kLobby).state.head == kManyRecords + 1);
      }
    }
  }
}

TEST_CASE("a copy of a copy is the same, and a room that is erased in a copy begins a new epoch") {
  for (const CopiedKind& kind : copied_kinds()) {
    DYNAMIC_SECTION(kind.name) {
      CopiedStore first(copied_kinds()[0]), second(kind), third(kind);
      fill(*first);
      copy_between(*first, *second);
      copy_between(*second, *third);
      check_same(*first, *third);
      const std::uint64_t before = epoch_in(*third, kLobby);
      REQUIRE(ask_erase(*third, kLobby) == StoreStatus::ok);
      CHECK(epoch_in(*third, kLobby) != before);
      CHECK(ask_open(*third, kLobby).state.head == 0);
    }
  }
}

TEST_CASE("a store that is not empty is not copied into, and an empty one is not copied from") {
  for (const CopiedKind& kind : copied_kinds()) {
    DYNAMIC_SECTION(kind.name) {
      CopiedStore from(copied_kinds()[0]), to(kind), nothing(kind);
      fill(*from);
      CHECK_THROWS_WITH(copy_between(*nothing, *to), Catch::StartsWith("FROM: this store has nothing to copy."));
      REQUIRE(ask_define(*to, {{"", "made"}, "{}"}) == StoreStatus::ok);
      CHECK_THROWS_WITH(copy_between(*from, *to), Catch::StartsWith("TO: this store is not empty."));
      REQUIRE(ask_append(*nothing, write_of(kLobby, epoch_in(*nothing, kLobby), 1, 1)) == StoreStatus::ok);
      CHECK_THROWS_WITH(copy_between(*from, *nothing), Catch::StartsWith("TO: this store is not empty."));
    }
  }
}

TEST_CASE("a copy that breaks off leaves a mark, and is neither copied from nor into") {
  for (const CopiedKind& kind : copied_kinds()) {
    DYNAMIC_SECTION(kind.name) {
      CopiedStore from(copied_kinds()[0]), to(kind), other(kind);
      fill(*from);
      struct BrokenOff : std::exception {};
      const auto break_off = [](const CopyProgress& progress) {
        if (progress.rooms == 2) throw BrokenOff();
      };
      CHECK_THROWS_AS(copy_store({*from, "FROM"}, {*to, "TO"}, break_off), BrokenOff);
      to.reopen();
      REQUIRE(ask_list(*to, {KeptKind::copying}).entries.size() == 1);
      CHECK(ask_list(*to, {KeptKind::copying}).entries[0].value == "FROM");
      CHECK_THROWS_WITH(copy_between(*from, *to), Catch::StartsWith("TO: this is an incomplete copy of FROM."));
      CHECK_THROWS_WITH(copy_between(*to, *other), Catch::StartsWith("FROM: this is an incomplete copy of FROM."));
    }
  }
}

TEST_CASE("a room that is written while it is copied is noticed") {
  for (const CopiedKind& kind : copied_kinds()) {
    DYNAMIC_SECTION(kind.name) {
      CopiedStore from(kind), to(copied_kinds()[0]);
      fill(*from);
      const auto write_last = [&](const CopyProgress& progress) {
        if (progress.is_verifying || progress.rooms < progress.rooms_all) return;
        REQUIRE(ask_append(*from, write_of(kLobby, epoch_in(*from, kLobby), kManyRecords + 1, kManyRecords + 1)) ==
                StoreStatus::ok);
      };
      CHECK_THROWS_WITH(copy_store({*from, "FROM"}, {*to, "TO"}, write_last),
                        Catch::StartsWith("FROM: room lobby has changed while it was copied."));
    }
  }
}

TEST_CASE("a part of a room that is there with another epoch or head is refused, and changes nothing") {
  for (const CopiedKind& kind : copied_kinds()) {
    DYNAMIC_SECTION(kind.name) {
      CopiedStore store(kind);
      const std::uint64_t epoch = epoch_in(*store, kLobby);
      REQUIRE(ask_append(*store, write_of(kLobby, epoch, 1, 4)) == StoreStatus::ok);
      for (const RoomPart& part : {RoomPart{kLobby, epoch + 1, 1, 4}, RoomPart{kLobby, epoch, 1, 5}}) {
        CHECK(answer_of<StoreStatus>([&](auto done) { store->put_room(part, done); }) == StoreStatus::stale);
        CHECK(ask_open(*store, kLobby).state.epoch == epoch);
        CHECK(ask_open(*store, kLobby).state.head == 4);
      }
    }
  }
}

TEST_CASE("rooms are listed page by page, each once") {
  for (const CopiedKind& kind : copied_kinds()) {
    DYNAMIC_SECTION(kind.name) {
      CopiedStore store(kind);
      constexpr std::size_t kRooms = 2 * kRoomsPerPageMax + 3;
      std::vector<RoomWrite> writes;
      for (std::size_t i = 0; i < kRooms; ++i) {
        const RoomKey key{i % 2 == 0 ? "" : "acme", "room-" + std::to_string(i)};
        writes.push_back(write_of(key, epoch_in(*store, key), 1, 1));
        writes.back().keep_ms = i;
      }
      for (const StoreStatus status : ask_append_all(*store, writes)) REQUIRE(status == StoreStatus::ok);
      std::map<std::pair<std::string, std::string>, std::uint64_t> found;
      RoomKey after;
      for (;;) {
        const auto page = answer_of<RoomsPage>([&](auto done) { store->list_rooms(after, done); });
        REQUIRE(page.status == StoreStatus::ok);
        CHECK(page.rooms.size() <= kRoomsPerPageMax);
        if (page.rooms.empty()) break;
        after = page.rooms.back().key;
        for (const StoredRoom& each : page.rooms)
          CHECK(found.emplace(std::pair(each.key.tenant, each.key.room), each.keep_ms).second);
      }
      REQUIRE(found.size() == kRooms);
      for (std::size_t i = 0; i < kRooms; ++i) CHECK(found.at({i % 2 == 0 ? "" : "acme", "room-" + std::to_string(i)}) == i);
    }
  }
}

}  // namespace dialogue::testing
