// The definitions of rooms that were made at run time: one row each, with a checksum. Changes are made inside a transaction that
// the caller began. Faults are thrown as SqliteError. Used by one thread.
#pragma once
#include <vector>

#include "server/store/sqlite_database.hpp"
#include "server/store/sqlite_rows.hpp"

namespace dialogue {

class SqliteMadeRooms {
 public:
  explicit SqliteMadeRooms(SqliteDatabase& database);

  /// In place of the one before.
  void put(const KeptRoom& room);
  void drop(const RoomKey& key);
  /// The definition of one whose row is damaged is empty.
  [[nodiscard]] std::vector<KeptRoom> all();

 private:
  SqliteStatement put_, drop_, all_;
};

}  // namespace dialogue
