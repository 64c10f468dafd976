// Nodes of a cluster without threads: each has an executor that runs a task when the test says so, and all have one clock.
#pragma once
#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/cluster/cluster.hpp"
#include "shared/base/hex.hpp"
#include "tests/server/cluster/support/shuffled_store.hpp"

namespace dialogue::testing {

struct TestClock {
  std::uint64_t now_ms = 1'000'000;
};

class Executor {
 public:
  [[nodiscard]] std::function<void(std::function<void()>)> post() {
    return [tasks = tasks_](std::function<void()> task) { tasks->push_back(std::move(task)); };
  }
  [[nodiscard]] bool is_idle() const { return tasks_->empty(); }
  void step() {
    if (tasks_->empty()) return;
    const auto task = std::move(tasks_->front());
    tasks_->pop_front();
    task();
  }

 private:
  std::shared_ptr<std::deque<std::function<void()>>> tasks_ = std::make_shared<std::deque<std::function<void()>>>();
};

[[nodiscard]] inline std::string node_id(std::uint64_t number) {
  std::string id;
  append_hex(id, number, cluster::kNodeIdBytes);
  return id;
}

/// A node, and all that it was notified of.
class TestNode final : public cluster::ClusterListener {
 public:
  struct Mail {
    std::string from;
    std::uint32_t shard;
    std::string text;
    friend bool operator==(const Mail&, const Mail&) = default;
  };
  struct RoomView {
    std::uint64_t other_seats = 0;
    std::set<std::string> users{};
  };

  TestNode(std::string its_id, std::shared_ptr<Traffic> traffic, std::shared_ptr<TestClock> its_clock, std::int64_t skew_ms = 0)
      : id(std::move(its_id)), store(std::make_shared<ShuffledStore>(std::move(traffic))), clock(std::move(its_clock)) {
    cluster::ClusterSettings settings;
    settings.store = store;
    settings.self = {id, 2, "test", "f00d"};
    settings.post = executor.post();
    settings.now_ms = [now = clock] { return now->now_ms; };
    settings.unix_ms = [now = clock, skew_ms] { return now->now_ms + 1'700'000'000'000 + static_cast<std::uint64_t>(skew_ms); };
    settings.log = [this](const core::LogLine& line) { log_events.push_back(line.event); };
    cluster = std::make_unique<cluster::Cluster>(std::move(settings), *this);
  }

  void nodes_changed(const std::vector<cluster::NodeStatus>& others) override {
    nodes.clear();
    for (const cluster::NodeStatus& node : others) nodes.insert(node.facts.id);
    ++nodes_changes;
  }
  void mail(const std::string& from, std::uint32_t shard, std::string text) override {
    mails.push_back({from, shard, std::move(text)});
  }
  void room_changed(const std::string& room, std::uint64_t other_seats, const std::vector<core::PresentUser>& joined,
                    const std::vector<std::string>& left) override {
    RoomView& view = rooms[room];
    view.other_seats = other_seats;
    for (const std::string& user : left) CHECK(view.users.erase(user) == 1);
    for (const core::PresentUser& user : joined) CHECK(view.users.insert(user.user_id).second);
  }
  void claimed(std::uint64_t ticket, bool is_granted) override {
    CHECK(verdicts.emplace(ticket, is_granted).second);
    if (on_claimed) on_claimed(ticket, is_granted);
  }
  void failed(const std::string& reason) override { failures.push_back(reason); }

  std::string id;
  Executor executor;
  std::shared_ptr<ShuffledStore> store;
  std::shared_ptr<TestClock> clock;
  std::set<std::string> nodes;
  std::size_t nodes_changes = 0;
  std::vector<Mail> mails;
  std::map<std::string, RoomView> rooms;
  std::map<std::uint64_t, bool> verdicts;
  std::vector<std::string> failures, log_events;
  std::function<void(std::uint64_t, bool)> on_claimed;
  std::unique_ptr<cluster::Cluster> cluster;
};

/// Nodes on one store; everything happens until nothing is left to happen.
class TestCluster {
 public:
  explicit TestCluster(std::uint64_t seed = 1) : traffic(std::make_shared<Traffic>(seed)) {}

  TestNode& add() {
    nodes.push_back(std::make_unique<TestNode>(node_id(0xA0 + nodes.size()), traffic, clock));
    return *nodes.back();
  }
  TestNode& start() {
    TestNode& node = add();
    node.cluster->start();
    settle();
    return node;
  }
  /// Until no node and no answer waits, without time passing.
  void settle() {
    for (bool has_happened = true; has_happened;) {
      has_happened = !traffic->is_idle();
      traffic->step();
      for (const auto& node : nodes)
        if (node && !node->executor.is_idle()) {
          has_happened = true;
          node->executor.step();
        }
    }
  }
  /// Time passes in steps of 100 ms, with ticks of all nodes but these.
  void pass(std::uint64_t ms, const std::set<const TestNode*>& frozen = {}) {
    for (std::uint64_t step = 0; step < ms; step += 100) {
      clock->now_ms += 100;
      for (const auto& node : nodes)
        if (node && !frozen.contains(node.get())) node->cluster->tick();
      while (!traffic->is_idle() || has_tasks(frozen)) {
        traffic->step();
        for (const auto& node : nodes)
          if (node && !frozen.contains(node.get())) node->executor.step();
      }
    }
  }

  std::shared_ptr<Traffic> traffic;
  std::shared_ptr<TestClock> clock = std::make_shared<TestClock>();
  std::vector<std::unique_ptr<TestNode>> nodes;

 private:
  [[nodiscard]] bool has_tasks(const std::set<const TestNode*>& frozen) const {
    for (const auto& node : nodes)
      if (node && !frozen.contains(node.get()) && !node->executor.is_idle()) return true;
    return false;
  }
};

}  // namespace dialogue::testing
