// The API's records in the audit, and its queries of it. Plain values and functions; server/embed sets them.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dialogue::api {

using AuditItems = std::vector<std::pair<std::string, std::string>>;

struct AuditTrailQuery {
  std::uint64_t after = 0;
  std::size_t limit = 100;
  std::string actor{}, action{};
  std::optional<std::uint64_t> before{};  ///< newest first
};

struct AuditTrailRecord {
  std::uint64_t seq = 0;
  std::string text;       ///< a JSON object, as it is in the chain
  std::string hash;       ///< in hex
  AuditItems personal{};  ///< the values of its digests that were not erased
};

struct AuditTrailPage {
  std::vector<AuditTrailRecord> records{};
  bool is_readable = true;
};

/// A range of a room's log that a user received.
struct ReceiptRow {
  std::string room{}, user_id{};
  std::uint64_t epoch = 0, first = 0, last = 0, since_ms = 0, until_ms = 0;
};

/// A query for the receipts of one room or, if `room` is empty, of one user.
struct ReceiptRowsQuery {
  std::string room{}, user_id{};
  std::size_t limit = 100;
  ReceiptRow after{};                                               ///< last of the previous page, by room, user, epoch and first
  std::optional<std::pair<std::uint64_t, std::uint64_t>> covers{};  ///< only receipts of this epoch that contain this sequence
};

struct ReceiptRows {
  std::vector<ReceiptRow> rows{};
  bool is_readable = true;
};

struct AuditTrail {
  /// Records that an action is about to be done. `done` gets the record's number once it is on the disk, or 0 if the record
  /// cannot be written: then the action must not be done. On any thread. Not set: the server has no audit.
  std::function<void(std::string action, AuditItems items, std::function<void(std::uint64_t seq)> done)> begin{};
  /// Records the result of an action.
  std::function<void(std::string action, AuditItems items)> end{};
  /// Records a publication, if it can.
  std::function<void(std::string action, AuditItems items)> note{};
  std::function<void(AuditTrailQuery query, std::function<void(AuditTrailPage)> done)> query{};
  /// Not set: no receipts are kept.
  std::function<void(ReceiptRowsQuery query, std::function<void(ReceiptRows)> done)> receipts{};
};

}  // namespace dialogue::api
