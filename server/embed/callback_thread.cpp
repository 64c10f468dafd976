// See callback_thread.hpp.
#include "server/embed/callback_thread.hpp"

#include <utility>

namespace dialogue {

void CallbackThread::run(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (!has_ended_ && waiting_ < kWaitingMax) {
      ++waiting_;
      calls_.push_back(std::move(call));
      if (!thread_.joinable()) {
        thread_ = std::thread([this] { work(); });
        id_ = thread_.get_id();
      }
      wake_.notify_one();
      return;
    }
  }
  call();
}

bool CallbackThread::is_this_thread() const {
  const std::lock_guard lock(mutex_);
  return id_ == std::this_thread::get_id();
}

void CallbackThread::end() {
  {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  id_ = {};
}

void CallbackThread::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return has_ended_ || !calls_.empty(); });
    if (calls_.empty()) return;
    std::vector<std::function<void()>> taken;
    taken.swap(calls_);
    lock.unlock();
    for (auto& call : taken) {
      {
        const std::lock_guard count(mutex_);
        --waiting_;
      }
      call();
      call = nullptr;
    }
    lock.lock();
  }
}

}  // namespace dialogue
