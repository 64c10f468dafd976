// Receipts beside the chain of an audit: who received a room's log from where to where. Ranges that touch become one, so they are
// not in the chain, whose records never change. Used by one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/messages/receipts.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"

namespace dialogue::audit {

inline constexpr std::size_t kReceiptPageMax = 1000;  ///< ranges that a query returns

struct ReceiptRange {
  std::string room, user_id;
  std::uint64_t epoch = 0, first = 0, last = 0;
  std::uint64_t since_ms = 0, until_ms = 0;  ///< when its first part was noted, and when its last
};

/// Selects the ranges of one room, or, without a room, of one user. They are sorted by room, user, epoch and sequence, and begin
/// behind `after`.
struct ReceiptQuery {
  std::string room{}, user_id{};
  std::size_t limit = 100;  ///< at most kReceiptPageMax
  ReceiptRange after{};     ///< its room, user, epoch and first
  /// If set, together with a room and a user: only the range of this epoch (first) that has this sequence (second).
  std::optional<std::pair<std::uint64_t, std::uint64_t>> covers{};
};

class ReceiptTable {
 public:
  /// Makes the table.
  static void create(store::SqliteDatabase& database);
  [[nodiscard]] static bool is_in(store::SqliteDatabase& database);

  explicit ReceiptTable(store::SqliteDatabase& database);

  // Within a transaction.
  void add(const core::Receipt& receipt);
  /// Removes the receipts of the user, and all receipts of the user's own room and of `rooms`. How many.
  std::uint64_t forget(const std::string& user_id, const std::vector<std::string>& rooms = {});
  /// Removes at most `count` that have not grown since `before_ms`. True: there may be more.
  [[nodiscard]] bool cut(std::uint64_t before_ms, std::size_t count);

  [[nodiscard]] std::vector<ReceiptRange> query(const ReceiptQuery& query);

 private:
  struct Statements;
  std::shared_ptr<Statements> statements_;
};

}  // namespace dialogue::audit
