// See audit_lines.hpp.
#include "server/audit/audit_lines.hpp"

#include <algorithm>
#include <array>

#include "server/core/util/whole_word.hpp"
#include "shared/base/percent.hpp"
#include "shared/json/payload_reader.hpp"

namespace dialogue::audit {
namespace {

using metrics::AuditKind;

struct LineRow {
  std::string_view line, action;
  AuditKind kind;
};

constexpr std::array kLines = {
    LineRow{"connected", "sign_in", AuditKind::sign_in},
    LineRow{"turned_away", "sign_in_refused", AuditKind::refusal},
    LineRow{"refresh_refused", "refresh_refused", AuditKind::refusal},
    LineRow{"refused", "request_refused", AuditKind::refusal},
    LineRow{"request_refused", "request_refused", AuditKind::refusal},
    LineRow{"api_refused", "api_refused", AuditKind::refusal},
    LineRow{"certificate_reloaded", "certificate_reloaded", AuditKind::configuration},
    LineRow{"certificate_refused", "certificate_refused", AuditKind::configuration},
};

const LineRow* row_of(std::string_view event) {
  return std::find_if(kLines.begin(), kLines.end(), [&](const LineRow& each) { return each.line == event; });
}

/// Those of them that are texts with names in them. All others are one name, or an address.
constexpr std::array<std::string_view, 3> kTextNames = {"path", "reason", kRoomField};
constexpr std::array<std::string_view, 7> kPersonalNames = {"user", "address", "peer", "session", "path", "reason", kRoomField};

}  // namespace

bool names_user(std::string_view name, std::string_view value, std::string_view user_id) {
  if (std::find(kTextNames.begin(), kTextNames.end(), name) == kTextNames.end())
    return name != "address" && name != "peer" && (value == user_id || value == "user:" + std::string(user_id));
  if (value == user_id) return name != kRoomField;
  if (core::has_word(value, user_id)) return true;
  const auto decoded = value.find('%') == std::string_view::npos ? std::nullopt : percent_decoded(value);
  return decoded && core::has_word(*decoded, user_id);
}

bool is_personal(std::string_view name, std::string_view value) {
  if (std::find(kPersonalNames.begin(), kPersonalNames.end(), name) != kPersonalNames.end()) return true;
  return value.starts_with("user:");
}

bool is_audited(std::string_view event) { return row_of(event) != kLines.end(); }

std::optional<std::pair<AuditEntry, AuditKind>> audit_entry_of(const core::LogLine& line) {
  const auto* const row = row_of(line.event);
  if (row == kLines.end()) return std::nullopt;
  AuditEntry entry{std::string(row->action)};
  PayloadReader reader(line.fields);  // some values are what users have sent
  std::string key;
  for (bool is_open = reader.enter_object(); is_open && reader.next_key(key);) {
    std::string value;
    std::string_view raw;
    const bool is_read = reader.peek() == '"' ? reader.read_string(value) : reader.read_raw(raw);
    if (!is_read) break;
    if (value.empty()) value = raw;
    if (key == "caller") key = "actor";
    if (!value.empty() && key != "message" && key != "swallowed") entry.add(key, value, is_personal(key, value));
  }
  // Whose path is known is recorded as its operation and what it is about.
  const auto is_called = [](std::string_view name) { return [name](const AuditField& each) { return each.name == name; }; };
  if (std::any_of(entry.fields.begin(), entry.fields.end(), is_called("operation")))
    std::erase_if(entry.fields, is_called("path"));
  return std::pair{std::move(entry), row->kind};
}

}  // namespace dialogue::audit
