// A thread with a queue: processes everything queued together. Deferrable work is done in steps while the queue is idle, or one
// step after a number of rounds if it never is, so that other work seldom waits for a step. Any thread may push. The destructor
// completes queued work first.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace dialogue::store {

inline constexpr std::size_t kQueuedTasksMax = 4096;
inline constexpr std::size_t kRoundsForAStep = 256;  ///< rounds between two steps
inline constexpr std::chrono::milliseconds kQuietForAStep{20};

template <typename Task>
class WorkQueue {
 public:
  /// `work` receives queued items, in order. `idle` does one step of deferrable work and returns whether there is another.
  WorkQueue(std::function<void(std::vector<Task>)> work, std::function<bool()> idle)
      : work_(std::move(work)), idle_(std::move(idle)), thread_([this] { run(); }) {}
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;
  ~WorkQueue() { stop(); }

  /// Queues a task. Returns false, and does not take it, if too many wait.
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
    bool has_more = true, is_quiet = true;  // there are more steps to do; the last thing done was one
    const auto has_work = [this] { return is_stopping_ || !tasks_.empty(); };
    for (std::size_t rounds = 0;;) {
      std::unique_lock lock(mutex_);
      const bool is_step_due = rounds >= kRoundsForAStep && !is_stopping_;
      if (is_quiet && !has_more)
        wake_.wait(lock, has_work);
      else if (!is_quiet && has_more && !is_step_due)
        wake_.wait_for(lock, kQuietForAStep, has_work);
      std::vector<Task> tasks;
      if (!is_step_due) tasks.swap(tasks_);
      const bool should_end = is_stopping_ && tasks.empty();
      lock.unlock();
      if (should_end) return;
      is_quiet = tasks.empty();
      if (is_quiet) {
        has_more = idle_();
        rounds = 0;
      } else {
        work_(std::move(tasks));
        ++rounds;
      }
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

}  // namespace dialogue::store
