// Where an instance has its audit, from listen() on: the logger, which is there before, records some of its lines. Any thread.
#pragma once
#include "server/audit/audit_log.hpp"
#include "server/core/messages/actions.hpp"
#include "server/embed/swappable.hpp"

namespace dialogue {

class AuditSlot : public Swappable<audit::AuditLog> {
 public:
  /// Records the line, if it belongs in the audit.
  void note(const core::LogLine& line) const;
};

}  // namespace dialogue
