// Writes of the kept state: joined, one by one where they contradict each other, and bounded.
#include "server/store/kept/kept_writer.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <string>

namespace dialogue::store {
namespace {

using core::StoreStatus;

/// Answers when it is said to.
class HeldStore final : public Store {
 public:
  void open(core::RoomKey, Done<core::RoomOpened>) override {}
  void append(std::vector<core::RoomWrite>, Done<std::vector<StoreStatus>>) override {}
  void read(core::ReadRange, Done<core::LogPage>) override {}
  void trim(core::TrimLog, Done<core::LogTrimmed>) override {}
  void erase(core::RoomKey, Done<StoreStatus>) override {}
  void put_kept(KeptWrite write, Done<StoreStatus> done) override {
    writes.push_back(std::move(write));
    answers.push_back(std::move(done));
  }
  void list_kept(KeptQuery query, Done<KeptList> done) override {
    ++lists;
    KeptList list{StoreStatus::ok, 1, 1, false};
    list.entries.push_back({query.kind, "key", "value", 1});
    done(list);
  }

  void answer(StoreStatus status) {
    const auto done = std::move(answers.front());
    answers.pop_front();
    done(status);
  }

  std::vector<KeptWrite> writes;
  std::deque<Done<StoreStatus>> answers;
  int lists = 0;
};

struct Writing {
  explicit Writing(bool is_shared)
      : writer({store, [](const std::function<void()>& task) { task(); }, [] { return std::uint64_t{77}; }, is_shared,
                [this](const KeptList& list, KeptKind) { taken += list.entries.size(); }},
               {{KeptKind::push_device}, {KeptKind::push_job}}) {}

  void submit(const std::string& key) {
    const auto changes = [key] { return std::vector{KeptChange{KeptKind::push_device, key, "value"}}; };
    writer.submit({changes, [this](StoreStatus status) { statuses.push_back(status); }});
  }

  std::shared_ptr<HeldStore> store = std::make_shared<HeldStore>();
  std::vector<StoreStatus> statuses;
  std::size_t taken = 0;
  KeptWriter writer;
};

}  // namespace

TEST_CASE("what waits while a write is under way goes with the next") {
  Writing writing(false);
  for (const char* key : {"a", "b", "c"}) writing.submit(key);
  REQUIRE(writing.store->writes.size() == 1);
  CHECK(writing.store->writes[0].changes.size() == 1);
  CHECK(writing.store->writes[0].now_s == 77);
  writing.store->answer(StoreStatus::ok);
  REQUIRE(writing.store->writes.size() == 2);
  CHECK(writing.store->writes[1].changes.size() == 2);
  CHECK_FALSE(writing.writer.is_idle());
  writing.store->answer(StoreStatus::full);
  CHECK(writing.statuses == std::vector{StoreStatus::ok, StoreStatus::full, StoreStatus::full});
  CHECK(writing.writer.is_idle());
  CHECK(writing.store->lists == 0);
}

TEST_CASE("units that are stale together are written one by one, and what changed is read after each write") {
  Writing writing(true);
  for (const char* key : {"a", "b", "c"}) writing.submit(key);
  writing.store->answer(StoreStatus::ok);
  CHECK(writing.store->lists == 2);
  CHECK(writing.taken == 2);
  writing.store->answer(StoreStatus::stale);
  CHECK(writing.statuses.size() == 1);
  writing.store->answer(StoreStatus::stale);
  writing.store->answer(StoreStatus::ok);
  CHECK(writing.statuses == std::vector{StoreStatus::ok, StoreStatus::stale, StoreStatus::ok});
  CHECK(writing.store->writes.size() == 4);
}

TEST_CASE("more than may wait is refused as busy, and nothing is lost of the others") {
  Writing writing(false);
  for (std::size_t i = 0; i < kKeptUnitsMax + 3; ++i) writing.submit(std::to_string(i));
  CHECK(writing.statuses == std::vector{StoreStatus::busy, StoreStatus::busy});
  while (!writing.store->answers.empty()) writing.store->answer(StoreStatus::ok);
  CHECK(writing.statuses.size() == kKeptUnitsMax + 3);
  CHECK(writing.store->writes.size() == 2 + kKeptUnitsMax / kKeptChangesPerWrite - 1);
}

TEST_CASE("a unit without a change is done without a write") {
  Writing writing(false);
  writing.writer.submit(
      {[] { return std::vector<KeptChange>(); }, [&](StoreStatus status) { writing.statuses.push_back(status); }});
  CHECK(writing.statuses == std::vector{StoreStatus::ok});
  CHECK(writing.store->writes.empty());
}

}  // namespace dialogue::store
