// Which log lines are records of the audit, too: sign-ins, refusals and certificates. Pure.
#pragma once
#include <optional>
#include <utility>

#include "server/audit/audit_record.hpp"
#include "server/core/messages/log_message.hpp"
#include "server/metrics/label_domains.hpp"

namespace dialogue::audit {

/// Whether lines of this event are.
[[nodiscard]] bool is_audited(std::string_view event);

/// Converts a log line to its audit record; returns no value for a line that is not audited.
[[nodiscard]] std::optional<std::pair<AuditEntry, metrics::AuditKind>> audit_entry_of(const core::LogLine& line);

inline constexpr std::string_view kRoomField = "room";

/// Whether a field of this name is about a person, or may be: names of rooms often have a user's id in them.
[[nodiscard]] bool is_personal(std::string_view name, std::string_view value);

/// Whether a personal value names the user. The name of a room, a path or a reason does if it contains the user's id as a whole
/// word, percent-encoded or not: "inbox-ann" and "/users/ann/data" have ann, "annual" has not; a room with exactly the user's
/// id does not name the user. Other values do if they are the id; an address names no user.
[[nodiscard]] bool names_user(std::string_view name, std::string_view value, std::string_view user_id);

}  // namespace dialogue::audit
