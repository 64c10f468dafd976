// The guard before an application's store: one answer to each question, in time, with values that a log can hold. That it changes
// nothing about a good store is what store_test.cpp shows.
#include "server/store/guard/guarded_store.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "server/metrics/shared_cells.hpp"
#include "shared/base/limits.hpp"
#include "tests/server/embed/faulty_store.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

using test::FaultyStore;
using Wrong = FaultyStore::Wrong;

const RoomKey kChat{{}, "chat"};

struct Guarded {
  explicit Guarded(std::uint64_t timeout_ms = 60'000) : guard(faulty, {timeout_ms, lines.logger(), metrics}) {}

  template <typename Answer, typename Request>
  Answer ask(const Request& request) {
    const auto promise = std::make_shared<std::promise<Answer>>();
    auto future = promise->get_future();
    request([promise](Answer answer) { promise->set_value(std::move(answer)); });  // throws when it is answered twice
    REQUIRE(future.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
    return future.get();
  }
  RoomOpened open() {
    return ask<RoomOpened>([&](auto done) { guard.open(kChat, done); });
  }
  StoreStatus append(std::uint64_t epoch, std::uint64_t seq, const std::string& payload = "1") {
    RoomWrite write;
    write.key = kChat;
    write.epoch = epoch;
    LogRecord record;
    record.seq = seq;
    record.event = "message";
    record.from = "ann";
    record.payload = payload;
    write.records.push_back(record);
    return ask<std::vector<StoreStatus>>([&](auto done) { guard.append({write}, done); }).at(0);
  }
  LogPage read(std::uint64_t epoch) {
    return ask<LogPage>([&](auto done) {
      ReadRange range;
      range.key = kChat;
      range.epoch = epoch;
      guard.read(range, done);
    });
  }
  [[nodiscard]] std::uint64_t errors(metrics::StoreOperation operation) const {
    metrics::CellValues values{};
    metrics->add_to(values);
    return values.at(metrics::cell_of(metrics::Metric::store_errors_total, metrics::place_of(operation)));
  }

  test::Lines lines;
  std::shared_ptr<metrics::SharedCells> metrics = std::make_shared<metrics::SharedCells>();
  std::shared_ptr<FaultyStore> faulty = std::make_shared<FaultyStore>();
  GuardedStore guard;
};

}  // namespace

TEST_CASE("F-E03 a question that only reads is busy when the store throws or lets go of it, and is asked again") {
  Guarded store;
  store.faulty->set("open", Wrong::throws);
  CHECK(store.open().status == StoreStatus::busy);
  CHECK(store.lines.has("store_threw", "no database"));
  store.faulty->set("open", Wrong::lets_go);
  CHECK(store.open().status == StoreStatus::busy);
  CHECK(store.lines.has("store_let_go"));
  store.faulty->set("open", Wrong::none);
  CHECK(store.open().status == StoreStatus::ok);
}

TEST_CASE("F-E03 a write that throws or is let go of has an unknown outcome: the store has failed from then on") {
  const Wrong fault = GENERATE(Wrong::throws, Wrong::lets_go);
  Guarded store;
  const std::uint64_t epoch = store.open().state.epoch;
  store.faulty->set("append", fault);
  CHECK(store.append(epoch, 1) == StoreStatus::failed);
  store.faulty->set("append", Wrong::none);
  CHECK(store.append(epoch, 1) == StoreStatus::failed);
  CHECK(store.open().status == StoreStatus::failed);
  CHECK(store.guard.unanswered() == 0);
}

TEST_CASE("errors of the store count by what it was asked") {
  Guarded store;
  const std::uint64_t epoch = store.open().state.epoch;
  CHECK(store.append(epoch, 1) == StoreStatus::ok);
  CHECK(store.errors(metrics::StoreOperation::append) == 0);
  store.faulty->set("read", Wrong::throws);
  CHECK(store.read(epoch).status == StoreStatus::busy);
  store.faulty->set("append", Wrong::throws);
  CHECK(store.append(epoch, 2) == StoreStatus::failed);
  CHECK(store.errors(metrics::StoreOperation::read) == 1);
  CHECK(store.errors(metrics::StoreOperation::append) == 1);
  CHECK(store.errors(metrics::StoreOperation::open) == 0);
}

TEST_CASE("F-E03 a second answer is ignored, and logged") {
  Guarded store;
  store.faulty->set("open", Wrong::answers_twice);
  CHECK(store.open().status == StoreStatus::ok);
  CHECK(store.lines.count("store_answered_twice") == 1);
}

TEST_CASE("F-E01 a store that does not answer a write counts as failed after its time, and says so") {
  Guarded store(20);
  const std::uint64_t epoch = store.open().state.epoch;
  store.faulty->set("append", Wrong::keeps);
  CHECK(store.append(epoch, 1) == StoreStatus::failed);
  CHECK(store.lines.has("store_silent", "20 ms"));
  store.faulty->let_go();
  CHECK_FALSE(store.lines.has("store_let_go"));
  CHECK(store.open().status == StoreStatus::failed);
}

TEST_CASE("F-B3 a store that does not answer a read is busy after its time, and asked again") {
  Guarded store(20);
  store.faulty->set("open", Wrong::keeps);
  CHECK(store.open().status == StoreStatus::busy);
  CHECK(store.lines.has("store_silent", "20 ms"));
  store.faulty->let_go();
  store.faulty->set("open", Wrong::none);
  CHECK(store.open().status == StoreStatus::ok);
}

TEST_CASE("F-E01 all calls that wait for a store are answered when the guard ends") {
  Guarded store;
  store.faulty->set("put_kept", Wrong::keeps);
  StoreStatus status = StoreStatus::ok;
  store.guard.put_kept({}, [&](StoreStatus given) { status = given; });
  CHECK(store.guard.unanswered() == 1);
  store.guard.end();
  CHECK(status == StoreStatus::failed);
}

TEST_CASE("F-E01 a store that keeps a question does not keep what the caller's callback holds") {
  Guarded store;
  store.faulty->set("open", Wrong::keeps);
  auto held = std::make_shared<int>();
  const std::weak_ptr<int> watched = held;
  bool is_answered = false;
  store.guard.open(kChat, [&is_answered, held = std::move(held)](const RoomOpened&) { is_answered = true; });
  store.guard.end();
  CHECK(is_answered);
  CHECK(watched.expired());
  store.faulty->let_go();
}

TEST_CASE("F-E03 the number of unanswered questions is limited, and one more is busy without reaching the store") {
  Guarded store;
  store.faulty->set("open", Wrong::keeps);
  std::size_t answered = 0;
  for (std::size_t i = 0; i < GuardedStore::kUnansweredMax; ++i) store.guard.open(kChat, [&](const auto&) { ++answered; });
  CHECK(answered == 0);
  CHECK(store.open().status == StoreStatus::busy);
  store.guard.end();
  CHECK(answered == GuardedStore::kUnansweredMax);
}

TEST_CASE("house 9.6 a store that throws, lets go or makes values up in the calls of an erasure meets the guard there, too") {
  Guarded store;
  const std::uint64_t epoch = store.open().state.epoch;
  for (std::uint64_t seq = 1; seq <= 2; ++seq) REQUIRE(store.append(epoch, seq) == StoreStatus::ok);
  const auto find = [&] { return store.ask<UserPage>([&](auto done) { store.guard.find_user({"ann"}, done); }); };
  const auto scrub = [&] { return store.ask<ScrubReport>([&](auto done) { store.guard.scrub({"ann"}, done); }); };
  const auto erase = [&] { return store.ask<UserErased>([&](auto done) { store.guard.erase_user({"ann"}, done); }); };
  CHECK(find().records.size() == 2);
  store.faulty->change_user_page = [](UserPage& page) { page.records.front().record.payload = "1]\n[33,1,0]"; };
  CHECK(find().records.size() == 1);
  CHECK(store.lines.has("store_value_refused", "record 1"));
  for (const Wrong fault : {Wrong::throws, Wrong::lets_go}) {
    store.faulty->set("find_user", fault);
    store.faulty->set("scrub", fault);
    CHECK(find().status == StoreStatus::busy);
    CHECK(scrub().status == StoreStatus::busy);
  }
  CHECK(store.errors(metrics::StoreOperation::find_user) == 2);
  CHECK(store.errors(metrics::StoreOperation::scrub) == 2);
  CHECK(store.guard.sizes().wal_bytes == 2);
  store.faulty->throws_sizes = true;
  CHECK(store.guard.sizes().wal_bytes == 0);
  CHECK(erase().rooms.size() == 1);
  store.faulty->set("erase_user", Wrong::throws);
  CHECK(erase().status == StoreStatus::failed);
  CHECK(store.open().status == StoreStatus::failed);
}

TEST_CASE("house 9.6 a search of the files has no timeout, and does not hold up the timeouts of other calls") {
  Guarded store(20);
  store.faulty->set("scrub", Wrong::keeps);
  store.faulty->set("open", Wrong::keeps);
  StoreStatus status = StoreStatus::ok;
  store.guard.scrub({"ann"}, [&](const ScrubReport& report) { status = report.status; });
  CHECK(store.open().status == StoreStatus::busy);
  CHECK(store.lines.has("store_silent", "open"));
  CHECK_FALSE(store.lines.has("store_silent", "scrub"));
  CHECK(store.guard.unanswered() == 1);
  store.guard.end();
  CHECK(status == StoreStatus::failed);
}

TEST_CASE("F-E10 a log's state that no client could read is damage, and the log says which value") {
  Guarded store;
  const auto refused = [&](auto change, const std::string& words) {
    store.faulty->change_opened = [change](RoomOpened& opened) { change(opened.state); };
    CHECK(store.open().status == StoreStatus::damaged);
    CHECK(store.lines.has("store_value_refused", words));
  };
  refused([](RoomLogState& log) { log.epoch = ~std::uint64_t{0}; }, "epoch 18446744073709551615");
  refused([](RoomLogState& log) { log.epoch = 0; }, "epoch 0");
  refused([](RoomLogState& log) { log.head = kSafeIntegerMax + 1; }, "head");
  refused([](RoomLogState& log) { log.base = 0; }, "base 0");
  refused([](RoomLogState& log) { log.base = 2; }, "base 2");
  refused([](RoomLogState& log) { log.timestamp_ms = kSafeIntegerMax + 1; }, "time");
  refused([](RoomLogState& log) { log.producers = {{"p", kSafeIntegerMax + 2, {}, 0}}; }, "producer");
  store.faulty->change_opened = nullptr;
  CHECK(store.open().status == StoreStatus::ok);
}

TEST_CASE("F-E10 a record whose texts cannot be sent costs itself") {
  Guarded store;
  const std::uint64_t epoch = store.open().state.epoch;
  for (std::uint64_t seq = 1; seq <= 4; ++seq) REQUIRE(store.append(epoch, seq) == StoreStatus::ok);
  const auto spoilt = [&](auto change) {
    store.faulty->change_page = [change](LogPage& page) { change(page.records.at(1)); };
    const LogPage page = store.read(epoch);
    CHECK(page.status == StoreStatus::ok);
    CHECK(page.records.size() == 3);
    CHECK(page.damaged == std::vector<SeqRange>{{2, 2}});
  };
  spoilt([](LogRecord& record) { record.payload = "1]\n[33,1,0]"; });
  spoilt([](LogRecord& record) { record.payload = "{"; });
  spoilt([](LogRecord& record) { record.payload = ""; });
  spoilt([](LogRecord& record) { record.event = "a\nb"; });
  spoilt([](LogRecord& record) { record.from = "a\nb"; });
  spoilt([](LogRecord& record) { record.from = std::string(129, 'a'); });
  spoilt([](LogRecord& record) { record.timestamp_ms = kSafeIntegerMax + 1; });
  CHECK(store.lines.has("store_value_refused", "record 2"));
  store.faulty->change_page = [](LogPage& page) {
    page.records[1].payload = page.records[2].payload = "\n";
    page.damaged = {{4, 4}};
    page.records.pop_back();
  };
  CHECK(store.read(epoch).damaged == std::vector<SeqRange>{{2, 4}});
}

TEST_CASE("F-E10 a page out of order or beyond its bounds is damage as a whole") {
  Guarded store;
  const std::uint64_t epoch = store.open().state.epoch;
  for (std::uint64_t seq = 1; seq <= 3; ++seq) REQUIRE(store.append(epoch, seq) == StoreStatus::ok);
  const auto refused = [&](auto change) {
    store.faulty->change_page = change;
    const LogPage page = store.read(epoch);
    CHECK(page.status == StoreStatus::damaged);
    CHECK(page.records.empty());
  };
  refused([](LogPage& page) { std::swap(page.records[0], page.records[1]); });
  refused([](LogPage& page) { page.records[2].seq = 9; });
  refused([](LogPage& page) { page.last = kSafeIntegerMax + 1; });
  refused([](LogPage& page) { page.first = 0; });
  refused([](LogPage& page) { page.base = 0; });
  refused([](LogPage& page) { page.head = ~std::uint64_t{0}; });
  refused([](LogPage& page) { page.damaged = {{2, 1}}; });
}

TEST_CASE("a follow behind the guard: a store that cannot, that throws or gives no handle is a line in the log") {
  const auto [fault, status, line] = GENERATE(table<Wrong, FollowStatus, std::string>({
      {Wrong::keeps, FollowStatus::unsupported, "store_cannot_follow"},
      {Wrong::throws, FollowStatus::failed, "store_threw"},
      {Wrong::lets_go, FollowStatus::failed, "store_value_refused"},
  }));
  Guarded store;
  store.faulty->set("follow", fault);
  const FollowResult result = store.guard.follow({kChat, 0, 0}, [](const LogHead&) { FAIL("woken"); });
  CHECK(result.status == status);
  CHECK(result.handle == nullptr);
  CHECK(store.lines.has(line));
}

TEST_CASE("a follow behind the guard: a position that no log can have is damage, and after its end nothing comes") {
  Guarded store;
  const std::uint64_t epoch = store.open().state.epoch;
  std::promise<LogHead> bad;
  store.faulty->change_head = [](LogHead& head) { head.seq = kSafeIntegerMax + 1; };
  const FollowResult follow = store.guard.follow({kChat, epoch, 0}, [&](const LogHead& head) { bad.set_value(head); });
  REQUIRE(follow.status == FollowStatus::ok);
  REQUIRE(store.append(epoch, 1) == StoreStatus::ok);
  CHECK(bad.get_future().get() == LogHead{StoreStatus::damaged});
  CHECK(store.lines.has("store_value_refused", "sequence 9007199254740992"));
  store.guard.end();
  CHECK(store.guard.follow({kChat, epoch, 0}, [](const LogHead&) {}).status == FollowStatus::failed);
}

TEST_CASE("an impossible list of the kept state is damage, and the log names the fault") {
  Guarded store;
  const auto list = [&] { return store.ask<KeptList>([&](auto done) { store.guard.list_kept({KeptKind::secret}, done); }); };
  const auto refused = [&](auto change, const std::string& words) {
    store.faulty->change_list = change;
    CHECK(list().status == StoreStatus::damaged);
    CHECK(store.lines.has("store_value_refused", words));
  };
  refused([](KeptList& kept) { kept.epoch = 0; }, "epoch 0");
  refused([](KeptList& kept) { kept.version = kSafeIntegerMax + 1; }, "version");
  refused([](KeptList& kept) { kept.entries.push_back({KeptKind::room, "/a", "{}"}); }, "another kind");
  refused([](KeptList& kept) { kept.entries.push_back({KeptKind::secret, "", ""}); }, "secret is empty");
  refused([](KeptList& kept) { kept.entries.push_back({KeptKind::secret, "", "x", 9}); }, "version 9");
  store.faulty->change_list = nullptr;
  CHECK(list().status == StoreStatus::ok);
}

}  // namespace dialogue::testing
