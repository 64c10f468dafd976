// How SQLite searches for what each statement of a store asks. It chooses by its version and the schema, without a word: a plan
// that reads a whole room costs what no test with few rows shows.
#include "server/store/sqlite/tables/sqlite_database.hpp"

#include <sqlite3.h>

#include <set>

#include "tests/server/store/support/sqlite_kit.hpp"

namespace dialogue::testing {

using namespace store;

namespace {

std::vector<sqlite3*> opened;  ///< connections, while they are remembered

int remember(sqlite3* handle, char**, const void*) {
  opened.push_back(handle);
  return SQLITE_OK;
}

/// Remembers each connection of this process that is opened.
class Connections {
 public:
  Connections() { sqlite3_auto_extension(hook()); }
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;
  ~Connections() {
    sqlite3_cancel_auto_extension(hook());
    opened.clear();
  }

 private:
  static void (*hook())() { return reinterpret_cast<void (*)()>(remember); }
};

std::string plan_of(sqlite3* handle, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_prepare_v2(handle, ("EXPLAIN QUERY PLAN " + sql).c_str(), -1, &statement, nullptr) == SQLITE_OK);
  constexpr int kDetailColumn = 3;
  std::string plan;
  while (sqlite3_step(statement) == SQLITE_ROW)
    (plan += plan.empty() ? "" : "; ") += reinterpret_cast<const char*>(sqlite3_column_text(statement, kDetailColumn));
  sqlite3_finalize(statement);
  return plan;
}

/// A statement without its columns, and behind it its plan.
std::string entry_of(const std::string& sql, const std::string& plan) {
  const std::size_t from = sql.find("FROM "), verb_end = sql.find(' ');
  if (from == std::string::npos) return {};
  return sql.substr(0, verb_end) + " " + sql.substr(from) + "\n  " + plan + "\n";
}

std::string plans() {
  std::set<std::string> found;
  for (sqlite3* handle : opened)
    for (sqlite3_stmt* each = sqlite3_next_stmt(handle, nullptr); each != nullptr; each = sqlite3_next_stmt(handle, each))
      if (const std::string plan = plan_of(handle, sqlite3_sql(each)); !plan.empty())
        found.insert(entry_of(sqlite3_sql(each), plan));
  std::string text;
  for (const std::string& each : found) text += each;
  return text;
}

constexpr const char* kExpected =
    "DELETE FROM garbage WHERE room = ?\n"
    "  SEARCH garbage USING INTEGER PRIMARY KEY (rowid=?)\n"
    "DELETE FROM kept WHERE expires_s > 0 AND expires_s <= ?\n"
    "  SEARCH kept USING COVERING INDEX kept_end (expires_s>? AND expires_s<?)\n"
    "DELETE FROM kept WHERE kind = ? AND key = ?\n"
    "  SEARCH kept USING PRIMARY KEY (kind=? AND key=?)\n"
    "DELETE FROM kept WHERE removed = 1 AND version <= ?\n"
    "  SEARCH kept USING INDEX kept_removed (version<?)\n"
    "DELETE FROM news WHERE room = ? RETURNING checksum\n"
    "  SEARCH news USING PRIMARY KEY (room=?)\n"
    "DELETE FROM news WHERE room = ?1 AND number IN (SELECT number FROM news WHERE room = ?1 LIMIT ?2)\n"
    "  SEARCH news USING PRIMARY KEY (room=? AND number=?); LIST SUBQUERY 1; SEARCH news USING PRIMARY KEY (room=?)\n"
    "DELETE FROM producer WHERE room = ? AND key = ? RETURNING checksum\n"
    "  SEARCH producer USING PRIMARY KEY (room=? AND key=?)\n"
    "DELETE FROM producer WHERE room = ?1 AND key IN (SELECT key FROM producer WHERE room = ?1 LIMIT ?2)\n"
    "  SEARCH producer USING PRIMARY KEY (room=? AND key=?); LIST SUBQUERY 1; SEARCH producer USING PRIMARY KEY (room=?)\n"
    "DELETE FROM record WHERE room = ? AND seq = ? RETURNING checksum, grp\n"
    "  SEARCH record USING PRIMARY KEY (room=? AND seq=?)\n"
    "DELETE FROM record WHERE room = ?1 AND seq IN (SELECT seq FROM record WHERE room = ?1 ORDER BY seq LIMIT ?2)\n"
    "  SEARCH record USING PRIMARY KEY (room=? AND seq=?); LIST SUBQUERY 1; SEARCH record USING PRIMARY KEY (room=?)\n"
    "DELETE FROM room WHERE tenant = ? AND name = ?\n"
    "  SEARCH room USING PRIMARY KEY (tenant=? AND name=?)\n"
    "SELECT FROM forgotten WHERE bucket = ?\n"
    "  SEARCH forgotten USING INTEGER PRIMARY KEY (rowid=?)\n"
    "SELECT FROM garbage LIMIT 1\n"
    "  SCAN garbage\n"
    "SELECT FROM kept\n"
    "  SEARCH kept USING COVERING INDEX kept_version\n"
    "SELECT FROM kept WHERE kind = ? AND key = ?\n"
    "  SEARCH kept USING PRIMARY KEY (kind=? AND key=?)\n"
    "SELECT FROM kept WHERE kind = ? AND version > ? ORDER BY key\n"
    "  SEARCH kept USING PRIMARY KEY (kind=?)\n"
    "SELECT FROM kept WHERE removed = 1 ORDER BY version DESC LIMIT 1 OFFSET ?\n"
    "  SCAN kept USING INDEX kept_removed\n"
    "SELECT FROM news WHERE room = ? AND instr(bytes, ?) > 0 LIMIT 1\n"
    "  SEARCH news USING PRIMARY KEY (room=?)\n"
    "SELECT FROM news WHERE room = ? ORDER BY number\n"
    "  SEARCH news USING PRIMARY KEY (room=?)\n"
    "SELECT FROM news WHERE room = ? ORDER BY number DESC LIMIT 1\n"
    "  SEARCH news USING PRIMARY KEY (room=?)\n"
    "SELECT FROM news WHERE room = ? ORDER BY number LIMIT 1\n"
    "  SEARCH news USING PRIMARY KEY (room=?)\n"
    "SELECT FROM producer WHERE room = ?\n"
    "  SEARCH producer USING PRIMARY KEY (room=?)\n"
    "SELECT FROM producer WHERE room = ? AND key = ?\n"
    "  SEARCH producer USING PRIMARY KEY (room=? AND key=?)\n"
    "SELECT FROM producer WHERE room = ? AND key >= ? AND key < ? LIMIT ?\n"
    "  SEARCH producer USING PRIMARY KEY (room=? AND key>? AND key<?)\n"
    "SELECT FROM producer WHERE room = ?1 AND ((used_ms < ?2 AND newest_seq < ?3) OR (used_ms < ?4 AND instr(key, "
    "char(10) || char(10)) > 1)) LIMIT ?5\n"
    "  SEARCH producer USING PRIMARY KEY (room=?)\n"
    "SELECT FROM record INDEXED BY record_group WHERE room = ? AND grp = ? AND grp <> ''\n"
    "  SEARCH record USING COVERING INDEX record_group (room=? AND grp=?)\n"
    "SELECT FROM record INDEXED BY record_group WHERE room = ? AND grp = ? AND grp <> '' ORDER BY seq LIMIT ?\n"
    "  SEARCH record USING INDEX record_group (room=? AND grp=?)\n"
    "SELECT FROM record WHERE room = ?\n"
    "  SEARCH record USING PRIMARY KEY (room=?)\n"
    "SELECT FROM record WHERE room = ? AND seq = ?\n"
    "  SEARCH record USING PRIMARY KEY (room=? AND seq=?)\n"
    "SELECT FROM record WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?\n"
    "  SEARCH record USING PRIMARY KEY (room=? AND seq>?)\n"
    "SELECT FROM record WHERE room = ? AND seq >= ? AND NOT (sender = ? AND event = ?) LIMIT 1\n"
    "  SEARCH record USING PRIMARY KEY (room=? AND seq>?)\n"
    "SELECT FROM record WHERE room = ? AND seq >= ? AND seq < ? ORDER BY seq LIMIT ?\n"
    "  SEARCH record USING PRIMARY KEY (room=? AND seq>? AND seq<?)\n"
    "SELECT FROM record WHERE room = ? AND seq >= ? ORDER BY seq LIMIT ?\n"
    "  SEARCH record USING PRIMARY KEY (room=? AND seq>?)\n"
    "SELECT FROM record WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq ASC\n"
    "  SEARCH record USING PRIMARY KEY (room=? AND seq>? AND seq<?)\n"
    "SELECT FROM record WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq ASC LIMIT 1\n"
    "  SEARCH record USING PRIMARY KEY (room=? AND seq>? AND seq<?)\n"
    "SELECT FROM record WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq DESC\n"
    "  SEARCH record USING PRIMARY KEY (room=? AND seq>? AND seq<?)\n"
    "SELECT FROM record WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq DESC LIMIT 1\n"
    "  SEARCH record USING PRIMARY KEY (room=? AND seq>? AND seq<?)\n"
    "SELECT FROM room WHERE (tenant, name) > (?, ?) ORDER BY tenant, name LIMIT ?\n"
    "  SEARCH room USING PRIMARY KEY ((tenant,name)>(?,?))\n"
    "SELECT FROM room WHERE tenant = ? AND name = ?\n"
    "  SEARCH room USING PRIMARY KEY (tenant=? AND name=?)\n"
    "SELECT FROM store\n"
    "  SCAN store\n";

}  // namespace

TEST_CASE("F-B2 each statement of a store is searched for as expected") {
  FaultVfs disk("plans");
  const Connections connections;
  const SqliteLog log(kPath, on(disk));
  CHECK(plans() == kExpected);
}

}  // namespace dialogue::testing
