// A thread and what it has to do: takes everything queued at once; when nothing is queued it does what can wait. Any thread may
// push. When it goes, what was queued is done first.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace dialogue {

inline constexpr std::size_t kQueuedTasksMax = 4096;

template <typename Task>
class WorkQueue {
 public:
  /// `work` gets what was queued, in order. `idle` does one step of what can wait and says whether there is another.
  WorkQueue(std::function<void(std::vector<Task>)> work, std::function<bool()> idle)
      : work_(std::move(work)), idle_(std::move(idle)), thread_([this] { run(); }) {}
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;
  ~WorkQueue() { stop(); }

  /// False, and nothing is taken, when too many tasks wait.
  [[nodiscard]] bool push(Task&& task) {
    {
      const std::lock_guard lock(mutex_);
      if (tasks_.size() >= kQueuedTasksMax) return false;
      tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
    return true;
  }

  /// Does what is queued, then ends the thread.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    for (bool may_idle = true;;) {
      std::unique_lock lock(mutex_);
      if (!may_idle) wake_.wait(lock, [this] { return is_stopping_ || !tasks_.empty(); });
      std::vector<Task> tasks = std::exchange(tasks_, {});
      const bool should_end = is_stopping_ && tasks.empty();
      lock.unlock();
      if (should_end) return;
      if (tasks.empty()) {
        may_idle = idle_();
        continue;
      }
      work_(std::move(tasks));
      may_idle = true;
    }
  }

  std::function<void(std::vector<Task>)> work_;
  std::function<bool()> idle_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Task> tasks_;
  bool is_stopping_ = false;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace dialogue
