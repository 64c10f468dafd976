// Calls of the application's that no shard makes: answers to what was refused, or dropped when the server stopped. They must not
// come in the thread that asked, which may hold a lock that they take. One thread, in order, started by the first of them.
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
  /// So many wait at once. One more is made in the thread that asks for it: nothing is dropped, and memory stays bounded.
  static constexpr std::size_t kWaitingMax = 65'536;

  CallbackThread() = default;
  CallbackThread(const CallbackThread&) = delete;
  CallbackThread& operator=(const CallbackThread&) = delete;
  ~CallbackThread() { end(); }

  /// `call` must not throw.
  void run(std::function<void()> call);
  [[nodiscard]] bool is_this_thread() const;
  /// Makes the calls that wait, and ends the thread. What comes later is called at once.
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
