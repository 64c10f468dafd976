// A queue that takes turns: between kinds, within a kind between the lanes (rooms or callers), within a lane the oldest first.
// A lane with many requests therefore delays only itself. Bounded as a whole and for each lane. Not safe for several threads.
#pragma once
#include <array>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "server/core/log/room_log_types.hpp"

namespace dialogue::store {

/// The queue of a read. No two rooms have one, and no room's is a number: a name has a slash before it.
[[nodiscard]] inline std::string read_queue_of(const core::RoomKey& key) { return key.tenant + "/" + key.room; }

[[nodiscard]] inline std::string read_queue_of(const core::ReadRange& range) {
  const bool is_by_room = range.purpose == core::ReadPurpose::catch_up || range.asker == 0;
  return is_by_room ? read_queue_of(range.key) : std::to_string(range.asker);
}

template <typename Task, std::size_t Kinds>
class FairQueue {
 public:
  FairQueue(std::size_t tasks_max, std::size_t lane_max) : tasks_max_(tasks_max), lane_max_(lane_max) {}

  /// Queues a task. Returns false, and does not take the task, if too many tasks wait, in all or in this lane.
  [[nodiscard]] bool push(std::size_t kind, const std::string& queue, Task&& task) {
    if (size_ >= tasks_max_) return false;
    std::deque<Task>& waiting = kinds_[kind].queues[queue];
    if (waiting.size() >= lane_max_) return false;
    waiting.push_back(std::move(task));
    ++size_;
    return true;
  }

  [[nodiscard]] std::optional<Task> take() {
    for (std::size_t tried = 0; tried < Kinds && size_ > 0; ++tried) {
      Kind& kind = kinds_[next_kind_];
      next_kind_ = (next_kind_ + 1) % Kinds;
      if (!kind.queues.empty()) return take_from(kind);
    }
    return std::nullopt;
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  struct Kind {
    std::map<std::string, std::deque<Task>> queues;  ///< none is empty; ordered, since clients choose the names
    std::string last;                                ///< whose turn it was
  };

  Task take_from(Kind& kind) {
    auto queue = kind.queues.upper_bound(kind.last);
    if (queue == kind.queues.end()) queue = kind.queues.begin();
    kind.last = queue->first;
    Task task = std::move(queue->second.front());
    queue->second.pop_front();
    if (queue->second.empty()) kind.queues.erase(queue);
    --size_;
    return task;
  }

  std::size_t tasks_max_, lane_max_, size_ = 0, next_kind_ = 0;
  std::array<Kind, Kinds> kinds_;
};

}  // namespace dialogue::store
