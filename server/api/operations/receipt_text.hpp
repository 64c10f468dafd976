// A receipt as JSON, for the API and for the lines of `dialogue audit receipts` and `dialogue export`, and the cursor of the
// next page of receipts.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "server/api/audit_trail.hpp"

namespace dialogue::api {

/// {"room":...,"user":...,"epoch":...,"from":...,"to":...,"since":...,"until":...}
[[nodiscard]] std::string receipt_text(const ReceiptRow& row);

/// A receipt of one room or of one user: "EPOCH.FIRST.NAME", whose name is the user's or the room's.
struct ReceiptPlace {
  std::uint64_t epoch = 0, first = 0;
  std::string name{};
};

[[nodiscard]] std::string place_text(const ReceiptPlace& place);
/// Nothing for an invalid `text`.
[[nodiscard]] std::optional<ReceiptPlace> place_from(std::string_view text);

}  // namespace dialogue::api
