// What other nodes store of revocations and rooms, and a store that is away.
#include "server/embed/cluster/kept_follower.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/store/kept_state.hpp"
#include "tests/patience.hpp"
#include "tests/server/embed/faulty_store.hpp"

namespace dialogue::test {
namespace {

/// A follower on an executor that a test runs.
struct Followed {
  Followed() {
    store->change_list = [this](KeptList& list) {
      ++asked;
      if (is_away) list = {core::StoreStatus::busy};
    };
  }
  /// Runs what was posted. The store announces on a thread of its own.
  void run() {
    for (std::function<void()> task = take(); task; task = take()) task();
  }
  template <typename Holds>
  [[nodiscard]] bool run_until(const Holds& holds) {
    const auto end = std::chrono::steady_clock::now() + testing::kPatience;
    while (!holds() && std::chrono::steady_clock::now() < end) {
      run();
      std::this_thread::yield();
    }
    return holds();
  }
  std::function<void()> take() {
    const std::lock_guard lock(mutex);
    if (tasks.empty()) return nullptr;
    std::function<void()> task = std::move(tasks.front());
    tasks.pop_front();
    return task;
  }
  void post(std::function<void()> task) {
    const std::lock_guard lock(mutex);
    tasks.push_back(std::move(task));
  }
  void keep(store::KeptChange change) {
    store->put_kept({{std::move(change)}, 0}, [](core::StoreStatus) {});
  }

  std::shared_ptr<FaultyStore> store = std::make_shared<FaultyStore>();
  std::mutex mutex;
  std::deque<std::function<void()>> tasks;
  std::uint64_t now_ms = 0;
  std::atomic<int> asked = 0;
  std::atomic<bool> is_away = false;
  std::vector<std::string> revoked, made, removed;
  KeptFollower follower{store,
                        [this](std::function<void()> task) { post(std::move(task)); },
                        [this] { return now_ms; },
                        {[this](const core::KeptRevocation& each) { revoked.push_back(each.what.user_id); },
                         [this](const core::RoomMade& room) { made.push_back(room.room_id); },
                         [this](const core::RoomRemoved& room) { removed.push_back(room.room_id); }}};
};

}  // namespace

TEST_CASE("a follower of the kept state reports what was stored, once") {
  Followed followed;
  REQUIRE(followed.follower.start());
  core::Revocation what;
  what.user_id = "ann";
  what.issued_before_s = 1;
  followed.keep(store::kept_change(core::KeptRevocation{what, 1'000'000}));
  followed.keep(store::kept_change(core::KeptRoom{{{}, "made"}, "{}"}));
  REQUIRE(followed.run_until([&] { return !followed.revoked.empty() && !followed.made.empty(); }));
  CHECK(followed.revoked == std::vector<std::string>{"ann"});
  CHECK(followed.made == std::vector<std::string>{"made"});
  followed.store->erase({{}, "made"}, [](core::StoreStatus) {});
  REQUIRE(followed.run_until([&] { return !followed.removed.empty(); }));
  CHECK(followed.removed == std::vector<std::string>{"made"});
  CHECK(followed.revoked.size() == 1);
}

TEST_CASE("a follower of the kept state asks an unavailable store only once per second") {
  Followed followed;
  followed.is_away = true;
  REQUIRE(followed.follower.start());
  constexpr int kKinds = 2;
  REQUIRE(followed.run_until([&] { return followed.asked == kKinds; }));
  followed.run();
  const int first = followed.asked;
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(followed.follower.tick());
    followed.run();
  }
  CHECK(followed.asked == first);
  followed.is_away = false;
  followed.keep(store::kept_change(core::KeptRoom{{{}, "made"}, "{}"}));
  followed.now_ms = followed.follower.tick();
  static_cast<void>(followed.follower.tick());
  CHECK(followed.asked > first);
  REQUIRE(followed.run_until([&] { return !followed.made.empty(); }));
  CHECK(followed.made == std::vector<std::string>{"made"});
}

}  // namespace dialogue::test
