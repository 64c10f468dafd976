// A thread that runs tasks in order, and something else at each deadline that it names. post() is for any thread.
#pragma once
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace dialogue {

class TaskThread {
 public:
  using Task = std::function<void()>;
  /// After a task the deadline is asked for again this soon, and not with each task: what it does may post one.
  static constexpr std::uint64_t kSoonMs = 20;
  /// The longest wait for a deadline: one that is further away, or never comes, has no time point.
  static constexpr std::uint64_t kPauseMaxMs = 60'000;

  /// Returns how long to wait at `now_ms` for a later deadline; `due_ms` may be core::kNever.
  static constexpr std::chrono::milliseconds pause(std::uint64_t now_ms, std::uint64_t due_ms) {
    return std::chrono::milliseconds(std::min(due_ms - now_ms, kPauseMaxMs));
  }

  /// `at_deadline` is called between tasks, and returns the time of its next call.
  TaskThread(std::function<std::uint64_t()> now_ms, std::function<std::uint64_t()> at_deadline)
      : now_ms_(std::move(now_ms)), at_deadline_(std::move(at_deadline)), thread_([this] { run(); }) {}
  TaskThread(const TaskThread&) = delete;
  TaskThread& operator=(const TaskThread&) = delete;
  ~TaskThread() { end(); }

  /// Queues a task; drops it after end().
  void post(Task task) {
    {
      const std::lock_guard lock(mutex_);
      if (is_ending_) return;
      tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
  }
  /// Runs what was posted, and ends. Not on this thread.
  void end() {
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::uint64_t due_ms = at_deadline_();
    std::unique_lock lock(mutex_);
    for (;;) {
      if (tasks_.empty() && is_ending_) return;
      const std::uint64_t now_ms = now_ms_();
      if (tasks_.empty() && now_ms < due_ms) {
        wake_.wait_for(lock, pause(now_ms, due_ms));
        continue;
      }
      const std::vector<Task> tasks = std::exchange(tasks_, {});
      lock.unlock();
      for (const Task& task : tasks) task();
      if (!tasks.empty()) due_ms = std::min(due_ms, now_ms + kSoonMs);  // they may have moved the deadline
      if (now_ms >= due_ms) due_ms = at_deadline_();
      lock.lock();
    }
  }

  const std::function<std::uint64_t()> now_ms_, at_deadline_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Task> tasks_;
  bool is_ending_ = false;
  std::thread thread_;  ///< the last, since it uses the others
};

}  // namespace dialogue
