// See stop_deadline.hpp.
#include "server/app/process/stop_deadline.hpp"

#include <cstdio>
#include <cstdlib>

#include "server/app/process/program.hpp"

namespace dialogue::app {

void StopDeadline::arm(std::chrono::milliseconds after) {
  if (thread_.joinable()) return;
  thread_ = std::thread([this, after] {
    std::unique_lock lock(mutex_);
    if (gone_.wait_for(lock, after, [this] { return is_gone_; })) return;
    std::fputs("dialogue: the server did not stop in time and exits now. Acknowledged events are in the store.\n", stderr);
    std::_Exit(kExitRefused);
  });
}

StopDeadline::~StopDeadline() {
  {
    const std::lock_guard lock(mutex_);
    is_gone_ = true;
  }
  gone_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace dialogue::app
