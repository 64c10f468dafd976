// See audit_lines.hpp.
#include "server/audit/audit_lines.hpp"

#include <algorithm>
#include <array>

#include "shared/json/json_reader.hpp"

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

constexpr std::array<std::string_view, 6> kPersonalNames = {"user", "address", "peer", "session", "path", "reason"};

}  // namespace

bool is_personal(std::string_view name, std::string_view value) {
  if (std::find(kPersonalNames.begin(), kPersonalNames.end(), name) != kPersonalNames.end()) return true;
  return value.starts_with("user:");
}

std::optional<std::pair<AuditEntry, AuditKind>> audit_entry_of(const core::LogLine& line) {
  const auto row = std::find_if(kLines.begin(), kLines.end(), [&](const LineRow& each) { return each.line == line.event; });
  if (row == kLines.end()) return std::nullopt;
  AuditEntry entry{std::string(row->action)};
  JsonReader reader(line.fields);
  std::string key;
  for (bool is_open = reader.enter_object(); is_open && reader.next_key(key);) {
    std::string value;
    std::string_view raw;
    const bool is_read = reader.peek() == '"' ? reader.read_string(value) : reader.read_raw(raw);
    if (!is_read) break;
    if (value.empty()) value = raw;
    if (key == "caller") key = "actor";
    if (!value.empty() && key != "message") entry.add(key, value, is_personal(key, value));
  }
  return std::pair{std::move(entry), row->kind};
}

}  // namespace dialogue::audit
