// Reads logs from a store's database through one connection, and trusts nothing: each row's checksum, and that no record is
// missing. What does not fit is thrown as SqliteFault with SQLITE_CORRUPT. Used by one thread.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "server/store/sqlite_database.hpp"
#include "server/store/sqlite_producers.hpp"
#include "server/store/sqlite_rows.hpp"

namespace dialogue {

/// What a store found out about its database when it opened it; the same until it is closed.
struct StoreFacts {
  std::uint64_t identity = 0;
  /// A row of a room is damaged or gone, perhaps with its name: a room that is not found may be that one.
  bool is_room_missing = false;
};

class SqliteReader {
 public:
  explicit SqliteReader(SqliteDatabase& database, const StoreFacts& facts = {});

  [[nodiscard]] StoreRow store();
  /// A room that was never written comes as new, with id 0, born so that its epoch is `asked` where that can be.
  [[nodiscard]] RoomRow room(const RoomKey& key, std::uint64_t asked);
  [[nodiscard]] std::uint64_t epoch(const RoomKey& key, const RoomRow& room) const;
  /// The state with its producers. Looks over the whole log where holes may hide a loss.
  [[nodiscard]] RoomLogState state(const RoomKey& key);
  [[nodiscard]] LogPage page(const ReadRange& range);
  /// The same with what goes wrong as an answer.
  [[nodiscard]] LogPage read(const ReadRange& range);

  /// Each throws where the rows do not add up to what the room's row says.
  [[nodiscard]] std::vector<ProducerState> producers(const RoomRow& room) { return producers_.all(room); }
  void check_sum(const RoomRow& room);

 private:
  void read_forwards(const ReadRange& range, const RoomRow& room, LogPage& page);
  void read_backwards(const ReadRange& range, const RoomRow& room, LogPage& page);

  StoreFacts facts_;
  SqliteStatement store_, room_, forgotten_;
  SqliteProducerReader producers_;
  SqliteStatement forwards_, backwards_, sums_;
};

/// A row of SELECT seq, timestamp_ms, checksum, event, sender, grp, payload; throws when its checksum does not match.
[[nodiscard]] LogRecord record_from(const SqliteRows& rows, const RoomRow& room);

/// The columns that record_from() reads.
inline constexpr const char* kRecordColumns = "seq, timestamp_ms, checksum, event, sender, grp, payload";

/// A row of SELECT id, born, base, head, timestamp_ms, swept, grouped, records_sum, producers_sum, keep_ms,
/// checksum.
[[nodiscard]] RoomRow room_from(const SqliteRows& rows, const RoomKey& key);

inline constexpr const char* kRoomColumns =
    "id, born, base, head, timestamp_ms, swept, grouped, records_sum, producers_sum, keep_ms, checksum";

/// Where tenant and name stand when they are selected after kRoomColumns.
inline constexpr int kRoomTenantColumn = 11, kRoomNameColumn = 12;

/// In which row of the table `forgotten` a room counts.
[[nodiscard]] std::uint64_t forgotten_bucket(const RoomKey& key);

/// What a fault means for the request that met it.
[[nodiscard]] StoreStatus store_status(const SqliteFault& fault);

[[noreturn]] void throw_damage(const std::string& what);

}  // namespace dialogue
