// Reads logs from a store's database through one connection, and trusts nothing: each row's checksum, and that no record is
// missing. Rows that do not fit are thrown as SqliteError with SQLITE_CORRUPT; damaged records are named by their page. Used by
// one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "server/store/room_part.hpp"
#include "server/store/sqlite/tables/sqlite_authors.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"
#include "server/store/sqlite/tables/sqlite_page.hpp"
#include "server/store/sqlite/tables/sqlite_producers.hpp"
#include "server/store/sqlite/tables/sqlite_rows.hpp"

namespace dialogue::store {

/// What a store found out about its database when it opened it; the same until it is closed.
struct StoreFacts {
  std::uint64_t identity = 0;
  /// A row of a room is damaged or gone, perhaps with its name: a room that is not found may be that one.
  bool is_room_missing = false;
  std::uint64_t clock_known_ms = 0;  ///< as in RoomOpened
};

class SqliteReader {
 public:
  /// `checked` is shared by all readers of one open database.
  explicit SqliteReader(SqliteDatabase& database, const StoreFacts& facts = {},
                        std::shared_ptr<CheckedLogs> checked = std::make_shared<CheckedLogs>());

  [[nodiscard]] StoreRow store();
  /// A room that was never written comes as new, with id 0, born so that its epoch is `asked` where that can be.
  [[nodiscard]] RoomRow room(const core::RoomKey& key, std::uint64_t asked);
  [[nodiscard]] std::uint64_t epoch(const core::RoomKey& key, const RoomRow& room) const;
  /// The state with its producers. Reads no record.
  [[nodiscard]] core::RoomLogState state(const core::RoomKey& key);
  /// Reads a page, and returns errors as its status. A read that fails is tried again before the status is `busy`.
  [[nodiscard]] core::LogPage read(const core::ReadRange& range);
  [[nodiscard]] core::RoomOpened open(const core::RoomKey& key);
  /// A step, as in store.hpp.
  [[nodiscard]] UserPage find_user(const UserQuery& query);
  [[nodiscard]] RoomsPage list_rooms(const core::RoomKey& after);

  /// Throws if the rows do not match the sum in the room's row.
  [[nodiscard]] std::vector<core::ProducerState> producers(const RoomRow& room) { return producers_.all(room); }
  [[nodiscard]] bool is_whole(const RoomRow& room) { return pages_.is_whole(room); }

 private:
  [[nodiscard]] core::LogPage page(const core::ReadRange& range);
  [[nodiscard]] UserPage user_page(const UserQuery& query);
  /// `read()` within one transaction, so that all of it sees one state, and again after a failed read of the disk.
  template <typename Read>
  [[nodiscard]] auto in_one_state(const Read& read);

  SqliteDatabase& database_;
  StoreFacts facts_;
  std::shared_ptr<CheckedLogs> checked_;
  SqliteStatement begin_, end_, store_, room_, forgotten_;
  SqliteProducerReader producers_;
  SqlitePageReader pages_;
  SqliteAuthors authors_;
};

/// A row of SELECT seq, timestamp_ms, checksum, event, sender, grp, payload; nothing when its checksum does not match.
[[nodiscard]] std::optional<core::LogRecord> record_from(const SqliteRows& rows, const RoomRow& room);

/// The columns that record_from() reads.
inline constexpr const char* kRecordColumns = "seq, timestamp_ms, checksum, event, sender, grp, payload, deletes";

/// A row of SELECT id, born, base, head, timestamp_ms, swept, grouped, records_sum, producers_sum, keep_ms,
/// checksum.
[[nodiscard]] RoomRow room_from(const SqliteRows& rows, const core::RoomKey& key);

inline constexpr const char* kRoomColumns =
    "id, born, base, head, timestamp_ms, swept, grouped, records_sum, producers_sum, keep_ms, checksum";

/// Where tenant and name stand when they are selected after kRoomColumns.
inline constexpr int kRoomTenantColumn = 11, kRoomNameColumn = 12;

/// Returns the row of the table `forgotten` in which a room counts.
[[nodiscard]] std::uint64_t forgotten_bucket(const core::RoomKey& key);

/// Returns the status of a request that met this error.
[[nodiscard]] core::StoreStatus store_status(const SqliteError& fault);

[[noreturn]] void throw_damage(const std::string& what);

}  // namespace dialogue::store
