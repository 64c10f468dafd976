// Receipts of an audit, and one as a line of JSON, in `dialogue audit receipts` and `dialogue export`.
#pragma once
#include <string>
#include <vector>

#include "server/api/operations/receipt_text.hpp"
#include "server/audit/audit_file.hpp"
#include "server/audit/receipt_table.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {

[[nodiscard]] inline std::string receipt_json(const audit::ReceiptRange& range) {
  const api::ReceiptRow row{range.room, range.user_id, range.epoch, range.first, range.last, range.since_ms, range.until_ms};
  return JsonText().raw("receipt", api::receipt_text(row)).take();
}

/// Calls `visit` with each receipt that `query` finds, page by page, for as long as it returns true.
template <typename Visit>
void visit_receipts(const std::string& path, audit::ReceiptQuery query, const Visit& visit) {
  audit::AuditFile file(path, {}, audit::AuditFile::Mode::read);
  query.limit = audit::kReceiptPageMax;
  for (;;) {
    const std::vector<audit::ReceiptRange> page = file.receipts(query);
    for (const audit::ReceiptRange& each : page)
      if (!visit(each)) return;
    if (page.size() < query.limit) return;
    query.after = page.back();
  }
}

}  // namespace dialogue::app
