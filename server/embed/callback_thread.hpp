// The application's callbacks that no shard calls: answers to refused calls, or to calls that were dropped when the server
// stopped. They must not run on the calling thread, which may hold a lock that they need. One thread, in order, started by the
// first of them.
//
//   calls->run([done, result] { done(result); });
//
// Any thread. end() belongs to the owner.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace dialogue {

class CallbackThread {
 public:
  /// The maximum of queued callbacks. Beyond it one runs on the calling thread: nothing is dropped, and memory stays bounded.
  static constexpr std::size_t kWaitingMax = 65'536;

  CallbackThread() = default;
  CallbackThread(const CallbackThread&) = delete;
  CallbackThread& operator=(const CallbackThread&) = delete;
  ~CallbackThread() { end(); }

  /// `call` must not throw.
  void run(std::function<void()> call);
  [[nodiscard]] bool is_this_thread() const;
  /// Runs the queued callbacks, and ends the thread. Later ones run immediately.
  void end();

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::function<void()>> calls_;
  std::size_t waiting_ = 0;  ///< calls that were not begun
  bool has_ended_ = false;
  std::thread::id id_{};
  std::thread thread_;
};

}  // namespace dialogue
