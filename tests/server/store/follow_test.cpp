// Following, on every store that can: one store object writes, another on the same logs follows.
#include "server/store/follow.hpp"

#include <atomic>
#include <deque>
#include <thread>

#include "server/store/follow_table.hpp"
#include "tests/server/store/support/heads.hpp"
#include "tests/server/store/support/store_kit.hpp"
#include "tests/server/store/support/store_makers.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

namespace {

/// The store that writes, one that follows, and the lobby's epoch.
struct World {
  explicit World(const StoreMaker& maker) : under_test(maker.make()) {
    epoch = ask_open(writer(), kLobby).state.epoch;
    second = under_test->another();
  }
  Store& writer() { return under_test->store(); }
  Store& follower() { return second ? *second : writer(); }
  void append(std::uint64_t first, std::uint64_t last) {
    REQUIRE(ask_append(writer(), write_of(kLobby, epoch, first, last)) == StoreStatus::ok);
  }
  std::unique_ptr<FollowHandle> follow(Heads& heads, std::uint64_t seq) {
    FollowResult result = follower().follow({kLobby, epoch, seq}, heads.wake_up());
    REQUIRE(result.status == FollowStatus::ok);
    return std::move(result.handle);
  }

  std::unique_ptr<StoreUnderTest> under_test;
  std::unique_ptr<Store> second;
  std::uint64_t epoch = 0;
};

template <typename Behaviour>
void on_every_followed_store(Behaviour behaviour) {
  for (const StoreMaker& maker : store_makers()) {
    if (!maker.can_follow) continue;
    DYNAMIC_SECTION(maker.name) {
      World world(maker);
      behaviour(world);
    }
  }
}

TEST_CASE("what another writer appends wakes a follower, which reads it from its position") {
  on_every_followed_store([](World& world) {
    world.append(1, 2);
    Heads heads;
    const auto handle = world.follow(heads, 2);
    world.append(3, 5);
    CHECK(heads.wait_for_seq(5) == LogHead{StoreStatus::ok, world.epoch, 5});
    ReadRange range{kLobby, world.epoch, 3};
    CHECK(sequences(ask_read(world.follower(), range)) == std::vector<std::uint64_t>{3, 4, 5});
    world.append(6, 6);
    heads.wait_for_seq(6);
    for (const LogHead& head : heads.all()) CHECK(head.seq > 2);
  });
}

TEST_CASE("records from before a follow are not missed, and records that the follower knows do not wake it") {
  on_every_followed_store([](World& world) {
    world.append(1, 3);
    Heads behind, even, without;
    const auto first = world.follow(behind, 1), second = world.follow(even, 3);
    CHECK(behind.wait_for_seq(3).epoch == world.epoch);
    FollowResult third = world.follower().follow({kLobby, 0, 0}, without.wake_up());
    CHECK(without.wait_for_seq(3).epoch == world.epoch);
    world.append(4, 4);
    even.wait_for_seq(4);
    CHECK(even.all().size() == 1);
  });
}

TEST_CASE("each of many logs wakes its own follower") {
  on_every_followed_store([](World& world) {
    constexpr std::size_t kLogs = 150;
    std::deque<Heads> heads(kLogs);
    std::vector<FollowResult> follows;
    std::vector<RoomWrite> writes;
    for (std::size_t i = 0; i < kLogs; ++i) {
      const RoomKey key{"", "room-" + std::to_string(i)};
      const std::uint64_t epoch = ask_open(world.writer(), key).state.epoch;
      follows.push_back(world.follower().follow({key, epoch, 0}, heads[i].wake_up()));
      writes.push_back(write_of(key, epoch, 1, 1 + i % 3));
    }
    for (const StoreStatus status : ask_append_all(world.writer(), writes)) REQUIRE(status == StoreStatus::ok);
    for (std::size_t i = 0; i < kLogs; ++i)
      CHECK(heads[i].wait_for_seq(1 + i % 3) == LogHead{StoreStatus::ok, writes[i].epoch, 1 + i % 3});
  });
}

TEST_CASE("an erased log is reported by its new epoch, and continues in it") {
  on_every_followed_store([](World& world) {
    world.append(1, 3);
    Heads heads;
    const auto handle = world.follow(heads, 3);
    REQUIRE(ask_erase(world.writer(), kLobby) == StoreStatus::ok);
    const LogHead erased = heads.wait_for_other_epoch(world.epoch);
    CHECK(erased.epoch == ask_open(world.follower(), kLobby).state.epoch);
    CHECK(erased.seq == 0);
    world.epoch = erased.epoch;
    world.append(1, 1);
    CHECK(heads.wait_for_seq(1).epoch == erased.epoch);
  });
}

TEST_CASE("a follower that is slow holds up no writer, and one wake-up at most waits for it") {
  on_every_followed_store([](World& world) {
    if (!world.second) {
      SUCCEED("writer and follower are one thread");
      return;
    }
    Heads heads;
    std::promise<void> release, begun;
    std::atomic<int> calls = 0;
    FollowResult follow = world.follower().follow(
        {kLobby, world.epoch, 0}, [&, released = release.get_future().share(), wake_up = heads.wake_up()](const LogHead& head) {
          if (++calls == 1) {
            begun.set_value();
            released.wait();
          }
          wake_up(head);
        });
    world.append(1, 1);
    begun.get_future().wait();
    for (std::uint64_t seq = 2; seq <= 40; ++seq) world.append(seq, seq);
    release.set_value();
    heads.wait_for_seq(40);
    CHECK(calls <= 3);
  });
}

TEST_CASE("when the end of a follow has returned, no call is under way and none comes") {
  on_every_followed_store([](World& world) {
    Heads ended, other;
    auto handle = world.follow(ended, 0);
    const auto witness = world.follow(other, 0);
    world.append(1, 1);
    ended.wait_for_seq(1);
    handle.reset();
    const std::size_t calls = ended.all().size();
    world.append(2, 2);
    other.wait_for_seq(2);
    CHECK(ended.all().size() == calls);
  });
}

TEST_CASE("a follow's end waits for a call that is under way on another thread") {
  on_every_followed_store([](World& world) {
    if (!world.second) {
      SUCCEED("one thread");
      return;
    }
    std::promise<void> begun, release;
    std::atomic<bool> is_called = false;
    FollowResult follow =
        world.follower().follow({kLobby, world.epoch, 0}, [&, released = release.get_future().share()](const LogHead&) {
          is_called = true;
          begun.set_value();
          released.wait();
          is_called = false;
        });
    world.append(1, 1);
    begun.get_future().wait();
    std::promise<bool> ended;
    std::thread ender([&] {
      follow.handle.reset();
      ended.set_value(!is_called);
    });
    release.set_value();
    CHECK(ended.get_future().get());
    ender.join();
  });
}

TEST_CASE("a follow may be ended by its own call, which is the last then") {
  on_every_followed_store([](World& world) {
    Heads other;
    std::unique_ptr<FollowHandle> handle;
    std::atomic<int> calls = 0;
    std::promise<void> called;
    FollowResult follow = world.follower().follow({kLobby, world.epoch, 0}, [&](const LogHead&) {
      handle.reset();
      if (++calls == 1) called.set_value();
    });
    handle = std::move(follow.handle);
    world.append(1, 1);
    called.get_future().wait();
    const auto witness = world.follow(other, 1);
    world.append(2, 2);
    other.wait_for_seq(2);
    CHECK(calls == 1);
  });
}

TEST_CASE("the kept state is followed by its version, and says what was removed") {
  on_every_followed_store([](World& world) {
    REQUIRE(ask_define(world.writer(), {kLobby, "{}"}) == StoreStatus::ok);
    const KeptList known = ask_list(world.follower(), {KeptKind::room});
    Heads heads;
    const FollowResult follow = world.follower().follow({std::nullopt, known.epoch, known.version}, heads.wake_up());
    REQUIRE(follow.status == FollowStatus::ok);
    REQUIRE(ask_revoke(world.writer(), {{"t-1", "", 0}, 500}, 100) == StoreStatus::ok);
    const LogHead revoked = heads.wait_for_seq(known.version + 1);
    CHECK(revoked.epoch == known.epoch);
    CHECK(revocations_of(world.follower()) == std::vector<std::string>{"t-1//0/500"});
    REQUIRE(ask_erase(world.writer(), kLobby) == StoreStatus::ok);
    heads.wait_for_seq(revoked.seq + 1);
    const KeptList removed = ask_list(world.follower(), {KeptKind::room, known.epoch, known.version});
    REQUIRE(removed.entries.size() == 1);
    CHECK(removed.entries[0].is_removed);
  });
}

TEST_CASE("a handle may outlive its store, whose end is the end of all calls") {
  on_every_followed_store([](World& world) {
    Heads heads;
    auto handle = world.follow(heads, 0);
    world.append(1, 1);
    heads.wait_for_seq(1);
    world.second.reset();
    world.under_test.reset();
    CHECK(heads.all().back().seq == 1);
    handle.reset();
  });
}

TEST_CASE("a store that cannot follow says so") {
  for (const StoreMaker& maker : store_makers()) {
    if (maker.can_follow) continue;
    const auto under_test = maker.make();
    Heads heads;
    const FollowResult result = under_test->store().follow({kLobby, 0, 0}, heads.wake_up());
    CHECK(result.status == FollowStatus::unsupported);
    CHECK(result.handle == nullptr);
  }
}

TEST_CASE("the number of concurrent follows is limited, and when one ends another can begin") {
  const auto table = std::make_shared<FollowTable>();
  std::vector<FollowResult> follows;
  for (std::size_t i = 0; i < kFollowsMax; ++i) {
    follows.push_back(table->add({RoomKey{"", std::to_string(i)}, 1, 0}, [](const LogHead&) {}));
    REQUIRE(follows.back().status == FollowStatus::ok);
  }
  CHECK(table->add({kLobby, 1, 0}, [](const LogHead&) {}).status == FollowStatus::busy);
  follows.pop_back();
  CHECK(table->add({kLobby, 1, 0}, [](const LogHead&) {}).status == FollowStatus::ok);
  CHECK(table->targets(std::nullopt, kFollowsMax).size() == kFollowsMax - 1);
}

TEST_CASE("damage wakes a follower once, and its end wakes it again at a known position") {
  const auto table = std::make_shared<FollowTable>();
  Heads heads;
  const FollowResult follow = table->add({kLobby, 7, 3}, heads.wake_up());
  const auto set = [&](const LogHead& head) {
    table->set(kLobby, head);
    table->deliver();
  };
  set({StoreStatus::ok, 7, 3});
  set({StoreStatus::damaged});
  set({StoreStatus::damaged});
  set({StoreStatus::ok, 7, 3});
  set({StoreStatus::ok, 7, 2});
  set({StoreStatus::ok, 8, 0});
  CHECK(heads.all() == std::vector<LogHead>{{StoreStatus::damaged}, {StoreStatus::ok, 7, 3}, {StoreStatus::ok, 8, 0}});
  table->stop();
  set({StoreStatus::ok, 8, 1});
  CHECK(heads.all().size() == 3);
  CHECK(table->add({kLobby, 8, 0}, heads.wake_up()).status == FollowStatus::failed);
}

}  // namespace
}  // namespace dialogue::testing
