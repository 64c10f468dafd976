// The kept state (kept_state.hpp) as a table: one row for each entry and tombstone, with a checksum. A row of kind 0 has the
// version up to which removals may be forgotten. Changes are made inside the caller's transaction, with the caller's version.
// Faults are thrown as SqliteError; a damaged row is an entry that is marked as damaged. Used by one thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "server/store/kept_state.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"

namespace dialogue::store {

class SqliteKept {
 public:
  explicit SqliteKept(SqliteDatabase& database);

  /// Applies all changes; returns false, and changes nothing, if an entry has another version than was expected.
  [[nodiscard]] bool put(const KeptWrite& write, std::uint64_t version);
  /// Removes an entry, if it exists, and leaves a tombstone.
  void remove(KeptKind kind, const std::string& key, std::uint64_t version);
  /// Removes an entry or its tombstone without a trace: readers that knew the entry are not notified.
  void purge(KeptKind kind, const std::string& key) { purge_.run(static_cast<std::uint64_t>(kind), key); }
  /// `epoch`: of the database's versions.
  [[nodiscard]] KeptList list(const KeptQuery& query, std::uint64_t epoch);
  /// Returns the version of the newest change; 0 without changes.
  [[nodiscard]] std::uint64_t version();

 private:
  [[nodiscard]] std::optional<KeptEntry> find(KeptKind kind, const std::string& key);
  void write(const KeptEntry& entry);
  void set(const KeptChange& change, std::uint64_t version);
  void drop_old_tombstones();
  [[nodiscard]] std::uint64_t base();

  SqliteStatement put_, find_, changed_, newest_, forget_, oldest_dropped_, drop_tombstones_, purge_;
};

}  // namespace dialogue::store
