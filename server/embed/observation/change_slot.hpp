// The place of an instance's observer, from listen() on: the logger, which exists before, notifies it of changes. Any thread.
#pragma once
#include <string>

#include "server/core/messages/actions.hpp"
#include "server/embed/swappable.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/observe/observer.hpp"

namespace dialogue {

class ChangeSlot : public Swappable<observe::Observer> {
 public:
  void note(const core::LogLine& line) const {
    if (!observe::ChangeLog::is_change(line)) return;
    if (const auto observer = get()) observer->changes().note(line, metrics::unix_now_ns() / metrics::kMillisecond);
  }
  void forget_user(const std::string& user_id) const {
    if (const auto observer = get()) observer->changes().forget_user(user_id);
  }
};

}  // namespace dialogue
