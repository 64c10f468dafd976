// See receipt_table.hpp.
#include "server/audit/receipt_table.hpp"

#include <algorithm>
#include <string_view>

namespace dialogue::audit {

using store::SqliteDatabase, store::SqliteRows, store::SqliteStatement;

struct ReceiptTable::Statements {
  explicit Statements(SqliteDatabase& database)
      : touching(database,
                 "SELECT * FROM (SELECT rowid, first, last, since_ms, until_ms FROM receipt WHERE room = ?1 AND user = ?2 AND "
                 "epoch = ?3 AND first <= ?4 + 1 ORDER BY first DESC LIMIT 1) WHERE last + 1 >= ?5"),
        drop_one(database, "DELETE FROM receipt WHERE rowid = ?"),
        add(database,
            "INSERT INTO receipt (room, user, epoch, first, last, since_ms, until_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
        forget(database, "DELETE FROM receipt WHERE user = ?1 OR room = 'user:' || ?1"),
        forget_room(database, "DELETE FROM receipt WHERE room = ?"),
        cut(database, "DELETE FROM receipt WHERE rowid IN (SELECT rowid FROM receipt WHERE until_ms < ? LIMIT ?)"),
        changes(database, "SELECT changes()"),
        of_room(database, std::string(kColumns) +
                              "WHERE room = ?1 AND (user, epoch, first) > (?3, ?4, ?5) ORDER BY user, epoch, first LIMIT ?2"),
        of_room_and_user(database, std::string(kColumns) +
                                       "WHERE room = ?1 AND user = ?3 AND (epoch, first) > (?4, ?5) ORDER BY epoch, first "
                                       "LIMIT ?2"),
        covering(database, "SELECT * FROM (" + std::string(kColumns) +
                               "WHERE room = ?1 AND user = ?2 AND epoch = ?3 AND first <= ?4 ORDER BY first DESC LIMIT 1) "
                               "WHERE last >= ?4"),
        of_user(database, std::string(kColumns) +
                              "WHERE user = ?1 AND (room, epoch, first) > (?3, ?4, ?5) ORDER BY room, epoch, first LIMIT ?2") {}
  static constexpr std::string_view kColumns = "SELECT room, user, epoch, first, last, since_ms, until_ms FROM receipt ";
  SqliteStatement touching, drop_one, add, forget, forget_room, cut, changes, of_room, of_room_and_user, covering, of_user;
};

void ReceiptTable::create(SqliteDatabase& database) {
  for (const char* sql : {"CREATE TABLE IF NOT EXISTS receipt (room TEXT NOT NULL, user TEXT NOT NULL, epoch INTEGER NOT NULL, "
                          "first INTEGER NOT NULL, last INTEGER NOT NULL, since_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL)",
                          "CREATE UNIQUE INDEX IF NOT EXISTS receipt_of_room ON receipt (room, user, epoch, first)",
                          "CREATE INDEX IF NOT EXISTS receipt_of_user ON receipt (user, room, epoch, first)",
                          "CREATE INDEX IF NOT EXISTS receipt_by_time ON receipt (until_ms)"})
    database.run(sql);
}

bool ReceiptTable::is_in(SqliteDatabase& database) {
  return database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'receipt'") > 0;
}

ReceiptTable::ReceiptTable(SqliteDatabase& database) : statements_(std::make_shared<Statements>(database)) {}

void ReceiptTable::add(const core::Receipt& receipt) {
  const std::string_view room = receipt.room, user = receipt.user_id;
  ReceiptRange range{{}, {}, receipt.epoch, receipt.first, receipt.last, receipt.at_ms, receipt.at_ms};
  for (;;) {  // takes in every range that it touches: most often one
    std::uint64_t row = 0;
    {
      SqliteRows rows = statements_->touching.query(room, user, range.epoch, range.last, range.first);
      if (!rows.next()) break;
      row = rows.number(0);
      range.first = std::min(range.first, rows.number(1));
      range.last = std::max(range.last, rows.number(2));
      range.since_ms = std::min(range.since_ms, rows.number(3));
      range.until_ms = std::max(range.until_ms, rows.number(4));
    }
    statements_->drop_one.run(row);
  }
  statements_->add.run(room, user, range.epoch, range.first, range.last, range.since_ms, range.until_ms);
}

std::uint64_t ReceiptTable::forget(const std::string& user_id, const std::vector<std::string>& rooms) {
  statements_->forget.run(std::string_view(user_id));
  std::uint64_t forgotten = statements_->changes.number();
  for (const std::string& room : rooms) {
    statements_->forget_room.run(std::string_view(room));
    forgotten += statements_->changes.number();
  }
  return forgotten;
}

bool ReceiptTable::cut(std::uint64_t before_ms, std::size_t count) {
  statements_->cut.run(before_ms, std::uint64_t{count});
  return statements_->changes.number() == count;
}

std::vector<ReceiptRange> ReceiptTable::query(const ReceiptQuery& query) {
  std::vector<ReceiptRange> found;
  const ReceiptRange& after = query.after;
  const std::uint64_t limit = std::min(query.limit, kReceiptPageMax);
  const std::string_view room = query.room, user = query.user_id, after_room = after.room, after_user = after.user_id;
  SqliteRows rows = query.covers   ? statements_->covering.query(room, user, query.covers->first, query.covers->second)
                    : room.empty() ? statements_->of_user.query(user, limit, after_room, after.epoch, after.first)
                    : user.empty() ? statements_->of_room.query(room, limit, after_user, after.epoch, after.first)
                                   : statements_->of_room_and_user.query(room, limit, user, after.epoch, after.first);
  while (rows.next())
    found.push_back({std::string(rows.text(0)), std::string(rows.text(1)), rows.number(2), rows.number(3), rows.number(4),
                     rows.number(5), rows.number(6)});
  return found;
}

}  // namespace dialogue::audit
