// The last resort of an orderly end. Docker and service managers kill a process ten seconds after they stop it, so a name server
// that does not answer or a disk that hangs must not hold the process longer. What was acknowledged is in the store by then. Make
// one before whatever it guards, so that it also covers the destructors. arm() may be called on any thread.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace dialogue::app {

class StopDeadline {
 public:
  StopDeadline() = default;
  StopDeadline(const StopDeadline&) = delete;
  StopDeadline& operator=(const StopDeadline&) = delete;
  ~StopDeadline();  ///< the end was orderly

  /// Ends the process with exit code 1 and a line on standard error, unless this object is gone by then. Once.
  void arm(std::chrono::milliseconds after);

 private:
  std::mutex mutex_;
  std::condition_variable gone_;
  bool is_gone_ = false;
  std::thread thread_;
};

}  // namespace dialogue::app
