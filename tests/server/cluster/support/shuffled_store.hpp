// One store in memory for all nodes of a test, whose answers and wake-ups come when the test says so: one at a time, in a random
// order between nodes, with faults by chance. Used by one thread.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "server/core/util/seeded_random.hpp"
#include "server/store/memory/memory_store.hpp"

namespace dialogue::testing {

/// Faults of a store that no cluster survives: planted to see that the checks find them.
enum class StoreFault : std::uint8_t {
  none,
  compares_nothing,  ///< a write lands behind the head, whatever its writer knows
  loses_writes,      ///< some writes are answered `ok`, and nothing happened
};

/// What happens between the nodes and the store.
class Traffic {
 public:
  explicit Traffic(std::uint64_t seed) : random(seed), memory(seed) {}

  core::SeededRandom random;
  store::MemoryStore memory;
  std::uint64_t busy_percent = 0, lost_wake_up_percent = 0;
  StoreFault fault = StoreFault::none;

  void add(std::function<void()> event) { waiting_.push_back(std::move(event)); }
  [[nodiscard]] bool is_idle() const { return waiting_.empty(); }
  [[nodiscard]] bool happens(std::uint64_t percent) { return random.below(100) < percent; }
  /// Followers are woken in the order in which they began, so that a seed always gives the same run.
  [[nodiscard]] std::uint64_t follow(core::RoomKey key, store::FollowWakeUp wake_up) {
    follows_[++follows_begun_] = {std::move(key), std::move(wake_up)};
    wake(follows_[follows_begun_]);
    return follows_begun_;
  }
  void end_follow(std::uint64_t id) { follows_.erase(id); }
  void wake_all() {
    for (const auto& [id, follow] : follows_) wake(follow);
  }
  /// One event of those that wait.
  void step() {
    if (waiting_.empty()) return;
    std::swap(waiting_[random.below(waiting_.size())], waiting_.back());
    const auto event = std::move(waiting_.back());
    waiting_.pop_back();
    event();
  }

 private:
  struct Follow {
    core::RoomKey key;
    store::FollowWakeUp wake_up;
  };
  void wake(const Follow& follow) {
    memory.open(follow.key, [&](const core::RoomOpened& opened) {
      const store::LogHead head{core::StoreStatus::ok, opened.state.epoch, opened.state.head};
      if (!happens(lost_wake_up_percent)) add([wake_up = follow.wake_up, head] { wake_up(head); });
    });
  }

  std::vector<std::function<void()>> waiting_;
  std::map<std::uint64_t, Follow> follows_;
  std::uint64_t follows_begun_ = 0;
};

class ShuffledFollow final : public store::FollowHandle {
 public:
  ShuffledFollow(std::shared_ptr<Traffic> traffic, std::uint64_t id) : traffic_(std::move(traffic)), id_(id) {}
  ~ShuffledFollow() override { traffic_->end_follow(id_); }

 private:
  std::shared_ptr<Traffic> traffic_;
  std::uint64_t id_;
};

/// The store as one node has it.
class ShuffledStore final : public store::Store {
 public:
  explicit ShuffledStore(std::shared_ptr<Traffic> traffic) : traffic_(std::move(traffic)) {}

  core::StoreStatus append_status = core::StoreStatus::ok, read_status = core::StoreStatus::ok,
                    open_status = core::StoreStatus::ok;
  bool can_follow = true;
  std::size_t appends = 0, reads = 0;

  void open(core::RoomKey key, Done<core::RoomOpened> done) override {
    ask<core::RoomOpened>(open_status, std::move(done),
                          [traffic = traffic_, key](auto taken) { traffic->memory.open(key, taken); });
  }
  void append(std::vector<core::RoomWrite> writes, Done<std::vector<core::StoreStatus>> done) override {
    ++appends;
    traffic_->add([traffic = traffic_, status = append_status, writes = std::move(writes), done]() mutable {
      if (status != core::StoreStatus::ok || traffic->happens(traffic->busy_percent))
        return answer_by(*traffic, done, std::vector{status == core::StoreStatus::ok ? core::StoreStatus::busy : status});
      if (traffic->fault == StoreFault::loses_writes && traffic->happens(3))
        return answer_by(*traffic, done, std::vector{status});
      if (traffic->fault == StoreFault::compares_nothing) put_behind_head(*traffic, writes.front());
      traffic->memory.append(std::move(writes), [traffic, done](auto statuses) { answer_by(*traffic, done, statuses); });
      traffic->wake_all();
    });
  }
  void read(core::ReadRange range, Done<core::LogPage> done) override {
    ++reads;
    range.records_max = std::min<std::size_t>(range.records_max, records_per_page);
    ask<core::LogPage>(read_status, std::move(done),
                       [traffic = traffic_, range](auto taken) { traffic->memory.read(range, taken); });
  }
  void trim(core::TrimLog trim, Done<core::LogTrimmed> done) override { traffic_->memory.trim(std::move(trim), std::move(done)); }
  void erase(core::RoomKey key, Done<core::StoreStatus> done) override {
    traffic_->memory.erase(std::move(key), std::move(done));
  }
  void put_kept(store::KeptWrite write, Done<core::StoreStatus> done) override {
    traffic_->memory.put_kept(std::move(write), std::move(done));
  }
  void list_kept(store::KeptQuery query, Done<store::KeptList> done) override {
    traffic_->memory.list_kept(std::move(query), std::move(done));
  }
  store::FollowResult follow(store::FollowStart start, store::FollowWakeUp wake_up) override {
    if (!can_follow) return {};
    const std::uint64_t id = traffic_->follow(*start.room, std::move(wake_up));
    return {store::FollowStatus::ok, std::make_unique<ShuffledFollow>(traffic_, id)};
  }

  std::size_t records_per_page = 1024;

 private:
  template <typename Answer>
  static void answer_by(Traffic& traffic, const Done<Answer>& done, const Answer& answer) {
    traffic.add([done, answer] { done(answer); });
  }
  template <typename Answer, typename Call>
  void ask(core::StoreStatus status, Done<Answer> done, Call call) {
    traffic_->add([traffic = traffic_, status, done, call] {
      Answer refused;
      refused.status = status == core::StoreStatus::ok ? core::StoreStatus::busy : status;
      if (status != core::StoreStatus::ok || traffic->happens(traffic->busy_percent)) return answer_by(*traffic, done, refused);
      call([traffic, done](Answer given) { answer_by(*traffic, done, given); });
    });
  }
  static void put_behind_head(Traffic& traffic, core::RoomWrite& write) {
    traffic.memory.open(write.key, [&](const core::RoomOpened& opened) {
      std::uint64_t seq = opened.state.head;
      for (core::LogRecord& record : write.records) record.seq = ++seq;
    });
  }

  std::shared_ptr<Traffic> traffic_;
};

}  // namespace dialogue::testing
