// Publishing to a store while something disturbs it: what is stored is compared with what was acknowledged.
#pragma once
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "tests/patience.hpp"
#include "tests/server/store/support/store_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

/// Appends one record after another to a room, each until it is acknowledged, as a room's owner does.
class Publisher {
 public:
  Publisher(Store& store, RoomKey key) : store_(store), key_(std::move(key)), thread_([this] { run(); }) {}
  ~Publisher() { end(); }
  void end() {
    is_over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  /// Waits until so many more are acknowledged.
  void wait_for(std::uint64_t count) {
    const std::uint64_t aim = acknowledged_ + count;
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (acknowledged_ < aim && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    REQUIRE(acknowledged_ >= aim);
  }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }  ///< not for the moment: nothing comes any more

 private:
  void run() {
    std::uint64_t epoch = 0;
    while (!is_over_) {
      if (epoch == 0) {
        const RoomOpened opened = ask_open(store_, key_);
        if (opened.status == StoreStatus::ok) epoch = opened.state.epoch;
        continue;
      }
      const std::uint64_t seq = acknowledged_ + 1;
      const StoreStatus status = ask_append(store_, write_of(key_, epoch, seq, seq));
      if (status == StoreStatus::ok) acknowledged_ = seq;
      if (status == StoreStatus::ok || status == StoreStatus::busy || status == StoreStatus::full) continue;
      ++refused_;
      return;
    }
  }

  Store& store_;
  const RoomKey key_;
  std::atomic<bool> is_over_ = false;
  std::atomic<std::uint64_t> acknowledged_ = 0, refused_ = 0;
  std::thread thread_;
};

/// Publishes to two rooms while `disturb` happens a few times: nothing acknowledged is lost, doubled or out of order.
template <typename Disturb>
void publish_through(Store& store, const Disturb& disturb) {
  const RoomKey other{"", "game"};
  Publisher lobby(store, kLobby), game(store, other);
  for (int times = 0; times < 2; ++times) {
    lobby.wait_for(20);
    disturb();
    lobby.wait_for(5);
    game.wait_for(5);
  }
  lobby.end();
  game.end();
  for (const auto& [publisher, key] : {std::pair<Publisher&, RoomKey>(lobby, kLobby), {game, other}}) {
    CHECK(publisher.refused() == 0);
    const RoomLogState state = ask_open(store, key).state;
    CHECK(state.head == publisher.acknowledged());
    const std::vector<std::uint64_t> stored = sequences_of(store, key, state.epoch);
    REQUIRE(stored.size() == publisher.acknowledged());
    for (std::size_t i = 0; i < stored.size(); ++i) REQUIRE(stored[i] == i + 1);
  }
}

}  // namespace dialogue::testing
