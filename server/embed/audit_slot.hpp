// Where an instance has its audit, from listen() on: the logger, which is there before, records some of its lines. Any thread.
#pragma once
#include <memory>
#include <mutex>
#include <utility>

#include "server/audit/audit_log.hpp"
#include "server/core/messages/actions.hpp"

namespace dialogue {

class AuditSlot {
 public:
  /// Null: there is none.
  [[nodiscard]] std::shared_ptr<audit::AuditLog> get() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  void set(std::shared_ptr<audit::AuditLog> log) {
    const std::lock_guard lock(mutex_);
    std::swap(log_, log);
  }
  /// Records the line, where it is one for the audit.
  void note(const core::LogLine& line) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<audit::AuditLog> log_;
};

}  // namespace dialogue
