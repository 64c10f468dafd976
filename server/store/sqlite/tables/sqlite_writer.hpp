// Changes the rows of a store's database, inside a transaction that its caller began: records with their groups, rooms and the
// sums that tie them together. Producers are SqliteProducers'. Faults are thrown as SqliteError; the caller rolls back and calls
// forget(). Used by one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/store/sqlite/tables/row_cache.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"
#include "server/store/sqlite/tables/sqlite_rows.hpp"

namespace dialogue::store {

class SqliteWriter {
 public:
  explicit SqliteWriter(SqliteDatabase& database);

  /// Appends, and removes the record that it replaces in its group.
  void add_record(RoomRow& room, const core::LogRecord& record);
  /// Each removes at most `rows_max` and returns whether there are more.
  [[nodiscard]] bool drop_below_base(RoomRow& room, std::size_t rows_max);
  [[nodiscard]] bool drop_older_in_group(RoomRow& room, const std::string& group, std::uint64_t before_ms, std::size_t rows_max);
  /// Looks at no more than `rows_max` records: the base that age asks for, and whether it may be higher still.
  [[nodiscard]] bool move_base(RoomRow& room, std::uint64_t before_ms, std::size_t rows_max);

  /// Removes one record, which must exist; `group`: must be its group, when given.
  void drop(RoomRow& room, std::uint64_t seq, const std::string* group);

  void put_room(const core::RoomKey& key, const RoomRow& room);
  void drop_room(const core::RoomKey& key);
  void put_store(const StoreRow& store);
  void count_forgotten(const core::RoomKey& key);

  /// A room's rows without the room: swept away in steps.
  void add_garbage(std::uint64_t room_id);
  [[nodiscard]] bool has_garbage();
  void drop_garbage(std::size_t rows_max);

  /// After a rollback: what is known of rows may be wrong.
  void forget() { group_counts_.forget(); }

 private:
  [[nodiscard]] std::uint64_t& count_of(const RoomRow& room, const std::string& group);
  [[nodiscard]] std::vector<std::uint64_t> oldest_in_group(const RoomRow& room, const std::string& group, std::size_t rows_max);

  SqliteStatement add_record_, drop_record_, below_, from_base_, group_count_, group_members_;
  SqliteStatement put_room_, drop_room_, put_store_, forgotten_;
  SqliteStatement add_garbage_, garbage_, drop_garbage_, garbage_records_, garbage_producers_, garbage_news_, changes_;
  RowCache group_counts_;
};

}  // namespace dialogue::store
