// The place of an instance's observer, from listen() on: the logger, which exists before, notifies it of changes. Any thread.
#pragma once
#include <memory>
#include <mutex>
#include <utility>

#include "server/core/messages/actions.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/observe/observer.hpp"

namespace dialogue {

class ChangeSlot {
 public:
  void set(std::shared_ptr<observe::Observer> observer) {
    const std::lock_guard lock(mutex_);
    std::swap(observer_, observer);
  }
  void note(const core::LogLine& line) const {
    if (!observe::ChangeLog::is_change(line)) return;
    std::shared_ptr<observe::Observer> observer;
    {
      const std::lock_guard lock(mutex_);
      observer = observer_;
    }
    if (observer) observer->changes().note(line, metrics::unix_now_ns() / metrics::kMillisecond);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<observe::Observer> observer_;
};

}  // namespace dialogue
