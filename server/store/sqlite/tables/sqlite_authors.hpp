// Finds what a user published in a store's database, by looking at the authors of a bounded number of records at a time: an index
// by author would cost every publication, and erasures are rare. Faults are thrown as SqliteError. Used by one thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/sqlite/tables/sqlite_database.hpp"
#include "server/store/sqlite/tables/sqlite_rows.hpp"
#include "server/store/user_data.hpp"

namespace dialogue::store {

class SqliteAuthors {
 public:
  explicit SqliteAuthors(SqliteDatabase& database);

  /// Returns at most `rooms_max` rooms behind `after`.
  [[nodiscard]] std::vector<std::pair<core::RoomKey, RoomRow>> rooms_after(const core::RoomKey& after, std::uint64_t rooms_max);

  struct Found {
    std::vector<std::uint64_t> sequences;
    std::uint64_t looked_at = 0;              ///< records
    std::optional<std::uint64_t> stopped_at;  ///< the last sequence that was looked at; nothing: the end of the room
  };
  /// Returns at most `found_max` records of the user behind `after`; of all users if `user_id` is empty. Visits at most
  /// `looks_max` records.
  [[nodiscard]] Found find(const RoomRow& room, std::string_view user_id, std::uint64_t after, std::uint64_t looks_max,
                           std::size_t found_max);
  /// Whether the room has records other than those by which erasures notify members.
  [[nodiscard]] bool has_others(const RoomRow& room);
  /// Returns a record; no value if it is damaged.
  [[nodiscard]] std::optional<core::LogRecord> record(const RoomRow& room, std::uint64_t seq);

 private:
  SqliteStatement rooms_, authors_, others_, record_;
};

}  // namespace dialogue::store
