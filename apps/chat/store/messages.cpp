// See messages.hpp.
#include "apps/chat/store/messages.hpp"

#include "apps/chat/domain/search_text.hpp"
#include "apps/chat/store/files.hpp"

namespace chat {
namespace {

std::size_t count_in(Statement statement) { return statement.step() ? static_cast<std::size_t>(statement.integer(0)) : 0; }

Message message_in(const Statement& row) {
  return {static_cast<std::uint64_t>(row.integer(0)),
          row.text(1),
          row.integer(2),
          row.text(3),
          row.integer(4) != 0,
          row.integer(5) != 0,
          static_cast<std::uint64_t>(row.integer(6))};
}

void unindex(Database& db, std::string_view room_id, std::uint64_t seq) {
  db.run("DELETE FROM search WHERE rowid = (SELECT id FROM message WHERE room = ? AND seq = ?)", room_id, seq);
}

void index(Database& db, std::string_view room_id, std::uint64_t seq, std::string_view text) {
  db.run("INSERT INTO search (rowid, text) SELECT id, ?3 FROM message WHERE room = ?1 AND seq = ?2", room_id, seq,
         indexable(text));
}

}  // namespace

Cursor cursor_of(Database& db, std::string_view room_id) {
  Statement row = db.query("SELECT epoch, seq FROM cursor WHERE room = ?", room_id);
  if (!row.step()) return {};
  return {static_cast<std::uint64_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1))};
}

void set_cursor(Database& db, std::string_view room_id, const Cursor& cursor) {
  db.run("INSERT INTO cursor (room, epoch, seq) VALUES (?1, ?2, ?3) ON CONFLICT (room) DO UPDATE SET epoch = ?2, seq = ?3",
         room_id, cursor.epoch, cursor.seq);
}

void forget_room_log(Database& db, std::string_view room_id) {
  db.run("DELETE FROM search WHERE rowid IN (SELECT id FROM message WHERE room = ?)", room_id);
  db.run("DELETE FROM message WHERE room = ?", room_id);
  db.run("DELETE FROM mention WHERE room = ?", room_id);
  db.run("DELETE FROM reaction WHERE room = ?", room_id);
  db.run("DELETE FROM pin WHERE room = ?", room_id);
  db.run("DELETE FROM message_edit WHERE room = ?", room_id);
  db.run("DELETE FROM erasure WHERE room = ?", room_id);
  db.run("DELETE FROM cursor WHERE room = ?", room_id);
}

void insert_message(Database& db, std::string_view room_id, const Message& message, const std::vector<std::string>& mentions) {
  db.run("INSERT INTO message (room, seq, author, at, text, reply) VALUES (?, ?, ?, ?, ?, ?)", room_id, message.seq,
         message.author, message.at_ms, message.text, message.reply);
  index(db, room_id, message.seq, message.text);
  for (const auto& user : mentions)
    db.run("INSERT OR IGNORE INTO mention (room, seq, user) VALUES (?, ?, ?)", room_id, message.seq, user);
}

std::optional<Message> find_message(Database& db, std::string_view room_id, std::uint64_t seq) {
  Statement row =
      db.query("SELECT seq, author, at, text, edited, deleted, reply FROM message WHERE room = ? AND seq = ?", room_id, seq);
  return row.step() ? std::optional(message_in(row)) : std::nullopt;
}

void edit_message(Database& db, std::string_view room_id, std::uint64_t seq, std::uint64_t edit_seq, std::string_view text) {
  unindex(db, room_id, seq);
  index(db, room_id, seq, text);
  db.run("UPDATE message SET text = ?, edited = 1 WHERE room = ? AND seq = ?", text, room_id, seq);
  db.run("INSERT OR IGNORE INTO message_edit (room, seq, edit_seq) VALUES (?, ?, ?)", room_id, seq, edit_seq);
}

bool delete_message(Database& db, std::string_view room_id, std::uint64_t seq) {
  if (db.run("UPDATE message SET text = '', deleted = 1 WHERE room = ? AND seq = ? AND deleted = 0", room_id, seq) == 0)
    return false;
  unindex(db, room_id, seq);
  drop_files(db, room_id, seq);
  insert_erasure(db, room_id, seq);
  db.run("INSERT OR IGNORE INTO erasure (room, seq) SELECT room, edit_seq FROM message_edit WHERE room = ? AND seq = ?", room_id,
         seq);
  db.run("DELETE FROM message_edit WHERE room = ? AND seq = ?", room_id, seq);
  db.run("DELETE FROM mention WHERE room = ? AND seq = ?", room_id, seq);
  db.run("DELETE FROM reaction WHERE room = ? AND seq = ?", room_id, seq);
  db.run("DELETE FROM pin WHERE room = ? AND seq = ?", room_id, seq);
  return true;
}

void set_reaction(Database& db, std::string_view room_id, std::uint64_t seq, std::string_view user_id, std::string_view emoji,
                  bool is_on) {
  if (is_on)
    db.run("INSERT OR IGNORE INTO reaction (room, seq, user, emoji) VALUES (?, ?, ?, ?)", room_id, seq, user_id, emoji);
  else
    db.run("DELETE FROM reaction WHERE room = ? AND seq = ? AND user = ? AND emoji = ?", room_id, seq, user_id, emoji);
}

std::size_t count_emoji(Database& db, std::string_view room_id, std::uint64_t seq) {
  return count_in(db.query("SELECT count(DISTINCT emoji) FROM reaction WHERE room = ? AND seq = ?", room_id, seq));
}

bool has_emoji(Database& db, std::string_view room_id, std::uint64_t seq, std::string_view emoji) {
  return db.query("SELECT 1 FROM reaction WHERE room = ? AND seq = ? AND emoji = ? LIMIT 1", room_id, seq, emoji).step();
}

void set_pin(Database& db, std::string_view room_id, std::uint64_t seq, bool is_on) {
  if (is_on)
    db.run("INSERT OR IGNORE INTO pin (room, seq) VALUES (?, ?)", room_id, seq);
  else
    db.run("DELETE FROM pin WHERE room = ? AND seq = ?", room_id, seq);
}

std::vector<Message> pins_of(Database& db, std::string_view room_id) {
  std::vector<Message> pins;
  Statement rows = db.query(
      "SELECT m.seq, m.author, m.at, m.text, m.edited, m.deleted, m.reply FROM pin p JOIN message m ON m.room = p.room AND m.seq "
      "= p.seq "
      "WHERE p.room = ? ORDER BY p.seq DESC",
      room_id);
  while (rows.step()) pins.push_back(message_in(rows));
  return pins;
}

void insert_erasure(Database& db, std::string_view room_id, std::uint64_t seq) {
  db.run("INSERT OR IGNORE INTO erasure (room, seq) VALUES (?, ?)", room_id, seq);
}

std::vector<std::string> rooms_to_erase_in(Database& db, std::string_view room_id, std::size_t limit) {
  std::vector<std::string> rooms;
  Statement rows = db.query("SELECT DISTINCT room FROM erasure ORDER BY room <= ?, room LIMIT ?", room_id, limit);
  while (rows.step()) rooms.push_back(rows.text(0));
  return rooms;
}

std::vector<std::uint64_t> sequences_to_erase(Database& db, std::string_view room_id) {
  std::vector<std::uint64_t> sequences;
  Statement rows = db.query("SELECT seq FROM erasure WHERE room = ? ORDER BY seq LIMIT ?", room_id, kErasedAtOnceMax);
  while (rows.step()) sequences.push_back(static_cast<std::uint64_t>(rows.integer(0)));
  return sequences;
}

void delete_erasures(Database& db, std::string_view room_id, const std::vector<std::uint64_t>& sequences) {
  for (const std::uint64_t seq : sequences) db.run("DELETE FROM erasure WHERE room = ? AND seq = ?", room_id, seq);
}

Unread unread_in(Database& db, std::string_view room_id, std::string_view user_id) {
  Unread unread;
  Statement mark = db.query("SELECT seq FROM mark WHERE room = ? AND user = ?", room_id, user_id);
  if (mark.step()) unread.mark = static_cast<std::uint64_t>(mark.integer(0));
  unread.messages = count_in(
      db.query("SELECT count(*) FROM (SELECT 1 FROM message WHERE room = ? AND seq > ? AND deleted = 0 AND author <> ? LIMIT ?)",
               room_id, unread.mark, user_id, kUnreadMax));
  unread.mentions =
      count_in(db.query("SELECT count(*) FROM (SELECT 1 FROM mention WHERE user = ? AND room = ? AND seq > ? LIMIT ?)", user_id,
                        room_id, unread.mark, kUnreadMax));
  return unread;
}

bool set_mark(Database& db, std::string_view room_id, std::string_view user_id, std::uint64_t seq, bool may_go_back) {
  return db.run(
             "INSERT INTO mark (room, user, seq) VALUES (?1, ?2, ?3) "
             "ON CONFLICT (room, user) DO UPDATE SET seq = ?3 WHERE (?4 AND ?3 <> seq) OR ?3 > seq",
             room_id, user_id, seq, may_go_back) > 0;
}

}  // namespace chat
