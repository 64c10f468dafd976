// See files.hpp.
#include "apps/chat/store/files.hpp"

namespace chat {

void insert_file(Database& db, const File& file) {
  db.run("INSERT INTO file (id, room, owner, name, type, bytes, created) VALUES (?, ?, ?, ?, ?, ?, ?)", file.id, file.room_id,
         file.owner_id, file.name, file.type, file.bytes, file.created_ms);
}

std::optional<File> find_file(Database& db, std::string_view id) {
  Statement row =
      db.query("SELECT id, room, owner, name, type, bytes, created, coalesce(seq, 0) FROM file WHERE id = ? AND is_gone = 0", id);
  if (!row.step()) return std::nullopt;
  return File{row.text(0),    row.text(1),
              row.text(2),    row.text(3),
              row.text(4),    static_cast<std::uint64_t>(row.integer(5)),
              row.integer(6), static_cast<std::uint64_t>(row.integer(7))};
}

std::uint64_t bytes_of_files(Database& db, std::string_view owner_id) {
  Statement row = db.query("SELECT coalesce(sum(bytes), 0) FROM file WHERE ?1 = '' OR owner = ?1", owner_id);
  return row.step() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

void attach_file(Database& db, std::string_view id, std::string_view room_id, std::string_view owner_id, std::uint64_t seq) {
  db.run("UPDATE file SET seq = ? WHERE id = ? AND room = ? AND owner = ? AND seq IS NULL", seq, id, room_id, owner_id);
}

void drop_files(Database& db, std::string_view room_id, std::uint64_t seq) {
  db.run("UPDATE file SET is_gone = 1 WHERE room = ? AND seq = ?", room_id, seq);
}

std::vector<std::string> files_to_sweep(Database& db, std::int64_t orphans_before_ms) {
  std::vector<std::string> ids;
  Statement rows =
      db.query("SELECT id FROM file WHERE is_gone = 1 OR (seq IS NULL AND created < ?) LIMIT 100", orphans_before_ms);
  while (rows.step()) ids.push_back(rows.text(0));
  return ids;
}

void mark_gone(Database& db, std::string_view id) { db.run("UPDATE file SET is_gone = 1 WHERE id = ?", id); }
void delete_file(Database& db, std::string_view id) { db.run("DELETE FROM file WHERE id = ?", id); }

}  // namespace chat
