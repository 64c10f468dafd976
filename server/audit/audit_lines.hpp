// Which log lines are records of the audit, too: sign-ins, refusals and certificates. Pure.
#pragma once
#include <optional>
#include <utility>

#include "server/audit/audit_record.hpp"
#include "server/core/messages/log_message.hpp"
#include "server/metrics/label_domains.hpp"

namespace dialogue::audit {

/// Nothing where the line is none.
[[nodiscard]] std::optional<std::pair<AuditEntry, metrics::AuditKind>> audit_entry_of(const core::LogLine& line);

/// Whether a field of this name is about a person.
[[nodiscard]] bool is_personal(std::string_view name, std::string_view value);

}  // namespace dialogue::audit
