// Migrations are appended and never changed. Ids are UUIDs; times are Unix milliseconds unless named `_s`.
#include "apps/chat/store/schema.hpp"

#include <sqlite3.h>

#include <array>

namespace chat {
namespace {

constexpr const char* kAccountsAndRooms = R"sql(
CREATE TABLE user (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, skeleton TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL, password TEXT NOT NULL, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE session (
  id TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES user, device TEXT NOT NULL, generation INTEGER NOT NULL,
  created_s INTEGER NOT NULL, rotated_s INTEGER NOT NULL, ended_s INTEGER) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_user ON session (user, ended_s);
CREATE TABLE room (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL, topic TEXT NOT NULL, is_private INTEGER NOT NULL,
  created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX public_room_name ON room (name_key) WHERE is_private = 0;
CREATE TABLE member (
  room TEXT NOT NULL REFERENCES room, user TEXT NOT NULL REFERENCES user, role INTEGER NOT NULL, joined INTEGER NOT NULL,
  PRIMARY KEY (room, user)) STRICT, WITHOUT ROWID;
CREATE INDEX rooms_of_user ON member (user);
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, event TEXT NOT NULL, payload TEXT NOT NULL) STRICT;
)sql";

constexpr const char* kMessages = R"sql(
CREATE TABLE message (
  id INTEGER PRIMARY KEY, room TEXT NOT NULL, seq INTEGER NOT NULL, author TEXT NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL,
  edited INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0, reply INTEGER NOT NULL, UNIQUE (room, seq)) STRICT;
CREATE TABLE message_edit (
  room TEXT NOT NULL, seq INTEGER NOT NULL, edit_seq INTEGER NOT NULL, PRIMARY KEY (room, seq, edit_seq)) STRICT, WITHOUT ROWID;
CREATE TABLE mention (
  user TEXT NOT NULL, room TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (user, room, seq)) STRICT, WITHOUT ROWID;
CREATE INDEX mention_of_message ON mention (room, seq);
CREATE TABLE reaction (
  room TEXT NOT NULL, seq INTEGER NOT NULL, emoji TEXT NOT NULL, user TEXT NOT NULL,
  PRIMARY KEY (room, seq, emoji, user)) STRICT, WITHOUT ROWID;
CREATE TABLE pin (room TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (room, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE erasure (room TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (room, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE cursor (room TEXT PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE mark (
  room TEXT NOT NULL, user TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (room, user)) STRICT, WITHOUT ROWID;
ALTER TABLE room ADD COLUMN direct_pair TEXT;
CREATE UNIQUE INDEX direct_room ON room (direct_pair) WHERE direct_pair IS NOT NULL;
CREATE TABLE invitation (
  id TEXT PRIMARY KEY, room TEXT NOT NULL REFERENCES room, inviter TEXT NOT NULL REFERENCES user,
  invitee TEXT REFERENCES user, code_hash TEXT UNIQUE, uses_left INTEGER NOT NULL, created INTEGER NOT NULL,
  expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invitation_of_user ON invitation (room, invitee) WHERE invitee IS NOT NULL;
CREATE INDEX invitations_to ON invitation (invitee) WHERE invitee IS NOT NULL;
CREATE INDEX invitations_by ON invitation (inviter, created);
)sql";

// What was projected before there was an index is projected again, from the logs.
constexpr const char* kSearch = R"sql(
CREATE VIRTUAL TABLE search USING fts5(text, tokenize = 'unicode61 remove_diacritics 2');
DELETE FROM message; DELETE FROM mention; DELETE FROM reaction; DELETE FROM pin; DELETE FROM message_edit; DELETE FROM cursor;
)sql";

constexpr const char* kProfiles = R"sql(
ALTER TABLE user ADD COLUMN email TEXT;
ALTER TABLE user ADD COLUMN hue INTEGER;
)sql";

constexpr const char* kModeration = R"sql(
CREATE TABLE restriction (
  room TEXT NOT NULL REFERENCES room, user TEXT NOT NULL REFERENCES user, kind INTEGER NOT NULL, by TEXT NOT NULL,
  until INTEGER NOT NULL, reason TEXT NOT NULL, created INTEGER NOT NULL,
  PRIMARY KEY (room, kind, user)) STRICT, WITHOUT ROWID;
CREATE INDEX restrictions_of_user ON restriction (user, kind);
CREATE TABLE slow_said (
  room TEXT NOT NULL, user TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (room, user)) STRICT, WITHOUT ROWID;
ALTER TABLE room ADD COLUMN slow_s INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr const char* kFiles = R"sql(
CREATE TABLE file (
  id TEXT PRIMARY KEY, room TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, bytes INTEGER NOT NULL,
  created INTEGER NOT NULL, seq INTEGER, is_gone INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX files_of_message ON file (room, seq);
CREATE INDEX files_of_owner ON file (owner);
CREATE INDEX files_to_sweep ON file (is_gone, created) WHERE is_gone = 1 OR seq IS NULL;
)sql";

constexpr std::array kMigrations = {kAccountsAndRooms, kMessages, kSearch, kProfiles, kModeration, kFiles};

}  // namespace

void migrate(Database& database) {
  std::size_t version = 0;
  {
    Statement statement = database.query("PRAGMA user_version");
    if (statement.step()) version = static_cast<std::size_t>(statement.integer(0));
  }
  if (version > kMigrations.size())
    throw StoreFault(SQLITE_SCHEMA, "chat.db was written by a newer dialogue-chat. Start that one, or restore a backup.");
  for (; version < kMigrations.size(); ++version) {
    database.run_script(kMigrations[version]);
    database.run_script("PRAGMA user_version = " + std::to_string(version + 1));
  }
}

}  // namespace chat
