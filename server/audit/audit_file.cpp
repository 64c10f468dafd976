// See audit_file.hpp.
#include "server/audit/audit_file.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "server/audit/audit_lines.hpp"
#include "server/audit/erased_values.hpp"
#include "server/store/linked_path.hpp"
#include "server/store/sqlite/files/sqlite_wal.hpp"

namespace dialogue::audit {
namespace {

using store::SqliteBlob;
using store::SqliteDatabase;
using store::SqliteError;
using store::SqliteMode;
using store::SqliteRows;
using store::SqliteStatement;

constexpr std::int64_t kAuditApplicationId = 0x444C4741;  // "DLGA"
constexpr std::size_t kChainIdBytes = 16;

constexpr const char* kAuditSchema = R"(
CREATE TABLE chain (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), id BLOB NOT NULL, public_key BLOB NOT NULL);
CREATE TABLE record (
  seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, action TEXT NOT NULL, text TEXT NOT NULL, hash BLOB NOT NULL);
CREATE TABLE personal (
  seq INTEGER NOT NULL, name TEXT NOT NULL, salt BLOB NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (seq, name)) WITHOUT ROWID;
CREATE INDEX personal_value ON personal (value);
CREATE TABLE checkpoint (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, hash BLOB NOT NULL, signature BLOB NOT NULL);
CREATE TABLE cut (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1), seq INTEGER NOT NULL, at_ms INTEGER NOT NULL, hash BLOB NOT NULL,
  signature BLOB NOT NULL);
)";

Digest digest_from(std::string_view bytes) {
  Digest digest{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
  return digest;
}

ChainPoint point_from(const SqliteRows& rows) {
  return {rows.number(0), rows.number(1), digest_from(rows.text(2)), std::string(rows.text(3))};
}

SqliteMode sqlite_mode(AuditFile::Mode mode) {
  if (mode == AuditFile::Mode::look) return SqliteMode::look;
  return mode == AuditFile::Mode::write ? SqliteMode::write : SqliteMode::read_only;
}

/// With what SQLite does not say: why a file cannot be opened to read, and what to do.
std::string fault_of_reading(const std::string& path, const SqliteError& fault) {
  const int code = fault.primary_code();
  const std::string said = path + ": " + fault.what();
  if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY && code != SQLITE_PERM) return said;
  if (::access(path.c_str(), R_OK) != 0)
    return path + ": the audit cannot be read: " + std::strerror(errno) + ". Give this user the right to read it.";
  const std::string where = store::linked_directory(path);
  if (::access(where.c_str(), W_OK | X_OK) != 0)
    return path + ": the audit cannot be read, since no file can be made beside it in " + where + ": " + std::strerror(errno) +
           ". Copy it, and its -wal where there is one, to a directory that this user may write to.";
  return said + ". Give this user the right to read and write its -wal and -shm, or copy it and its -wal to another directory.";
}

std::string cut_to(std::string value) {
  if (value.size() <= kAuditValueBytesMax) return value;
  std::size_t end = kAuditValueBytesMax;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0U) == 0x80U) --end;
  value.resize(end);
  return value;
}

}  // namespace

struct AuditFile::Statements {
  explicit Statements(SqliteDatabase& database)
      : begin(database, "BEGIN IMMEDIATE"),
        commit(database, "COMMIT"),
        roll_back(database, "ROLLBACK"),
        add(database, "INSERT INTO record (seq, at_ms, action, text, hash) VALUES (?, ?, ?, ?, ?)"),
        add_personal(database, "INSERT OR REPLACE INTO personal (seq, name, salt, value) VALUES (?, ?, ?, ?)"),
        personal(database, "SELECT name, salt, value FROM personal WHERE seq = ? ORDER BY name"),
        about(database, "SELECT seq, count(*)" + std::string(kAbout) + " GROUP BY seq"),
        forget(database, "DELETE" + std::string(kAbout)),
        values(database, "SELECT seq, name, value FROM personal WHERE seq > ? AND seq <= ?"),
        forget_one(database, "DELETE FROM personal WHERE seq = ? AND name = ?"),
        sign(database, "INSERT OR REPLACE INTO checkpoint (seq, at_ms, hash, signature) VALUES (?, ?, ?, ?)"),
        checkpoints(database, "SELECT seq, at_ms, hash, signature FROM checkpoint ORDER BY seq"),
        cut_point(database, "SELECT seq, at_ms, hash, signature FROM cut"),
        cut(database, "INSERT OR REPLACE INTO cut (only_row, seq, at_ms, hash, signature) VALUES (1, ?, ?, ?, ?)"),
        last_old(database,
                 "SELECT seq, at_ms, hash, '' FROM (SELECT seq, at_ms, hash FROM record ORDER BY seq LIMIT ?) WHERE at_ms < ? "
                 "ORDER BY seq DESC LIMIT 1"),
        drop(database, "DELETE FROM record WHERE seq <= ?"),
        drop_personal(database, "DELETE FROM personal WHERE seq <= ?"),
        drop_checkpoints(database, "DELETE FROM checkpoint WHERE seq <= ?"),
        records(database, std::string(kMatching) + " ORDER BY seq LIMIT ?5"),
        records_before(database, std::string(kMatching) + " AND seq < ?6 ORDER BY seq DESC LIMIT ?5") {}
  static constexpr std::string_view kMatching =
      "SELECT seq, at_ms, action, text, hash FROM record WHERE seq > ?1 AND at_ms >= ?2 AND (?3 = '' OR action = ?3) "
      "AND (?4 = '' OR instr(text, '\"actor\":\"' || ?4 || '\"') > 0 OR EXISTS (SELECT 1 FROM personal WHERE "
      "personal.seq = record.seq AND name = 'actor' AND value IN (?4, 'user:' || ?4)))";
  /// The part of a query that selects the personal values of all records which concern a user.
  static constexpr std::string_view kAbout =
      " FROM personal WHERE name <> 'room' AND seq IN "
      "(SELECT seq FROM personal WHERE value IN (?1, 'user:' || ?1) AND name NOT IN ('room', 'address', 'peer'))";
  SqliteStatement begin, commit, roll_back, add, add_personal, personal, about, forget, values, forget_one, sign, checkpoints,
      cut_point, cut, last_old, drop, drop_personal, drop_checkpoints, records, records_before;
};

template <typename Work>
auto AuditFile::guarded(const Work& work) {
  try {
    return work();
  } catch (const SqliteError& fault) { throw AuditError(lock_ ? path_ + ": " + fault.what() : fault_of_reading(path_, fault)); }
}

template <typename Work>
void AuditFile::transact(const Work& work) {
  check_place();
  guarded([&] {
    statements_->begin.run();
    try {
      work();
      statements_->commit.run();
    } catch (...) {
      if (database_->is_in_transaction()) statements_->roll_back.run();
      throw;
    }
  });
  if (watch_) watch_->note();  // a commit may have made a checkpoint
}

template <typename Work>
void AuditFile::extend(const Work& work) {
  const ChainPoint before = head_;
  try {
    transact(work);
  } catch (...) {
    head_ = before;
    throw;
  }
}

void check_no_lone_log(const std::string& path) {
  if (const std::string log = store::lone_log(path); !log.empty())
    throw AuditError(path + ": the audit is gone, but its log " + log +
                     " exists and may contain records. Put the audit back; to start without it, move the log away.");
}

AuditFile::AuditFile(const std::string& path, const std::string& key_path, Mode mode) : path_(path) {
  guarded([&] {
    if (mode == Mode::write) {
      check_no_lone_log(path);
      lock_ = std::make_unique<store::FileLock>(path);
      if (lock_->is_taken())
        throw AuditError(path + ": another process writes this audit. Stop it, or name a separate file for each server.");
    }
    database_ = std::make_unique<SqliteDatabase>(path, sqlite_mode(mode), "");
    if (mode == Mode::write) {
      if (!key_path.empty()) key_ = SigningKey::open(key_path);
      set_up();
    }
    if (database_->number("PRAGMA application_id") != kAuditApplicationId)
      throw AuditError(path + ": this is not an audit of a server. Check the path.");
    statements_ = std::make_shared<Statements>(*database_);
    if (mode == Mode::write) ReceiptTable::create(*database_);
    if (ReceiptTable::is_in(*database_)) receipts_ = std::make_unique<ReceiptTable>(*database_);
    load();
    if (mode == Mode::write) note_places();
  });
}

void AuditFile::set_up() {
  for (const char* sql : {"PRAGMA secure_delete = ON", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
                          "PRAGMA journal_size_limit = 16777216"})
    database_->run(sql);
  store::rewrite_wal(*database_);
  if (database_->number("SELECT count(*) FROM sqlite_schema") > 0) return;
  if (!key_) throw AuditError(path_ + ": this is not an audit of a server. Check the path.");
  database_->run("BEGIN IMMEDIATE");
  database_->run(kAuditSchema);
  database_->run("PRAGMA application_id = " + std::to_string(kAuditApplicationId));
  database_->run("PRAGMA user_version = 1");
  const std::string id = random_bytes(kChainIdBytes), open_key = key_->public_key();
  SqliteStatement(*database_, "INSERT INTO chain (only_row, id, public_key) VALUES (1, ?, ?)")
      .run(SqliteBlob{id}, SqliteBlob{open_key});
  database_->run("COMMIT");
}

void AuditFile::note_places() {
  const std::string opened = sqlite3_db_filename(database_->handle(), "main");  // the end of a link
  places_ = {store::FilePlace(path_), store::FilePlace(opened), store::FilePlace(opened + "-wal"),
             store::FilePlace(opened + "-shm")};
  watch_.emplace(*database_);
}

void AuditFile::check_place() {
  for (const store::FilePlace& each : places_) {
    const std::string fault = each.fault();
    if (fault.empty()) continue;
    try {
      if (!is_displaced_) database_->run("PRAGMA wal_checkpoint(FULL)");
    } catch (const SqliteError&) {}  // then its log has the rest
    is_displaced_ = true;
    throw AuditError(fault);
  }
  is_displaced_ = false;
  if (const std::string fault = watch_ ? watch_->fault() : std::string(); !fault.empty()) throw AuditError(fault);
}

void AuditFile::probe() {
  transact([this] { database_->run("PRAGMA user_version = 1"); });
}

void AuditFile::load() {
  id_ = database_->text("SELECT id FROM chain");
  public_key_ = database_->text("SELECT public_key FROM chain");
  if (key_ && key_->public_key() != public_key_)
    throw AuditError(path_ + ": it was signed with another key. Use that key, or start a new file.");
  if (const std::optional<ChainPoint> cut = cut_point()) head_ = *cut;
  SqliteStatement newest(*database_, "SELECT seq, at_ms, hash, '' FROM record ORDER BY seq DESC LIMIT 1");
  if (SqliteRows rows = newest.query(); rows.next()) head_ = point_from(rows);
  if (const std::optional<ChainPoint> cut = cut_point()) signed_ = *cut;
  if (const auto points = checkpoints(); !points.empty()) signed_ = points.back();
}

std::uint64_t AuditFile::append(const std::vector<AuditEntry>& entries, std::uint64_t now_ms) {
  const std::uint64_t first = head_.seq + 1;
  extend([&] {
    for (const AuditEntry& entry : entries) add(entry, now_ms);
  });
  return first;
}

void AuditFile::add(const AuditEntry& entry, std::uint64_t now_ms) {
  const std::uint64_t seq = head_.seq + 1, at_ms = std::max(now_ms, head_.at_ms);
  std::vector<AuditField> open;
  std::vector<PersonalValue> personal;
  for (std::size_t i = 0; i < std::min(entry.fields.size(), kAuditFieldsMax); ++i) {
    const AuditField& field = entry.fields[i];
    if (field.is_personal)
      personal.push_back({field.name, random_bytes(kSaltBytes), cut_to(field.value)});
    else
      open.push_back({field.name, cut_to(field.value)});
  }
  const std::string text = record_text(seq, at_ms, entry.action, open, personal);
  const Digest hash = chained(head_.hash, text);
  statements_->add.run(seq, at_ms, std::string_view(entry.action), std::string_view(text), SqliteBlob{view_of(hash)});
  for (const PersonalValue& each : personal)
    statements_->add_personal.run(seq, std::string_view(each.name), SqliteBlob{each.salt}, std::string_view(each.value));
  head_ = {seq, at_ms, hash, {}};
}

bool AuditFile::sign_when_due(std::uint64_t now_ms, bool at_once) {
  if (!key_ || head_.seq == signed_.seq || head_.seq == 0) return false;
  const bool is_due = head_.seq - signed_.seq >= kRecordsPerCheckpoint || now_ms >= signed_.at_ms + kCheckpointAgeMs;
  if (!is_due && !at_once) return false;
  ChainPoint point{head_.seq, now_ms, head_.hash, {}};
  point.signature = key_->sign(checkpoint_text(id_, point.seq, point.at_ms, point.hash));
  transact([&] { statements_->sign.run(point.seq, point.at_ms, SqliteBlob{view_of(point.hash)}, SqliteBlob{point.signature}); });
  signed_ = std::move(point);
  return true;
}

bool AuditFile::cut(std::uint64_t before_ms, std::uint64_t now_ms) {
  bool has_more = false;
  transact([&] {
    has_more = receipts_->cut(before_ms, kCutStepMax);
    std::optional<ChainPoint> last;
    if (SqliteRows rows = statements_->last_old.query(std::uint64_t{kCutStepMax}, before_ms); rows.next())
      last = point_from(rows);
    if (!last) return;
    const std::string signature = key_->sign(cut_text(id_, last->seq, now_ms, last->hash));
    statements_->cut.run(last->seq, now_ms, SqliteBlob{view_of(last->hash)}, SqliteBlob{signature});
    for (SqliteStatement* each : {&statements_->drop, &statements_->drop_personal, &statements_->drop_checkpoints})
      each->run(last->seq);
    has_more = has_more || last->seq < head_.seq;
    if (signed_.seq < last->seq) signed_ = *last;
  });
  return has_more;
}

std::uint64_t AuditFile::forget(const std::string& user_id, std::uint64_t now_ms, const std::vector<std::string>& rooms) {
  std::uint64_t forgotten = 0;
  extend([&] {
    ErasedValues erased;
    forgotten = receipts_->forget(user_id, rooms);
    for (SqliteRows rows = statements_->about.query(std::string_view(user_id)); rows.next();) {
      erased.emplace(rows.number(0), rows.number(1));
      forgotten += rows.number(1);
    }
    statements_->forget.run(std::string_view(user_id));
    for (const AuditEntry& entry : erasure_entries(erased)) add(entry, now_ms);
  });
  return forgotten;
}

std::optional<std::uint64_t> AuditFile::forget_names(const std::string& user_id, std::uint64_t after, std::uint64_t now_ms,
                                                     std::uint64_t& forgotten) {
  const std::uint64_t last = after + kForgetStepMax;
  std::vector<std::pair<std::uint64_t, std::string>> found;
  guarded([&] {
    for (SqliteRows rows = statements_->values.query(after, last); rows.next();)
      if (names_user(rows.text(1), rows.text(2), user_id)) found.emplace_back(rows.number(0), rows.text(1));
  });
  if (!found.empty())
    extend([&] {
      ErasedValues erased;
      for (const auto& [seq, name] : found) {
        statements_->forget_one.run(seq, std::string_view(name));
        ++erased[seq];
      }
      for (const AuditEntry& entry : erasure_entries(erased)) add(entry, now_ms);
    });
  forgotten += found.size();
  return last < head_.seq ? std::optional(last) : std::nullopt;
}

bool AuditFile::empty_wal() {
  const bool is_empty = guarded([&] { return database_->number("PRAGMA wal_checkpoint(TRUNCATE)") == 0; });
  if (watch_) watch_->note();
  return is_empty;
}

void AuditFile::rewrite() {
  check_place();
  guarded([&] { database_->run("VACUUM"); });
  if (watch_) watch_->note();
}

void AuditFile::add_receipts(const std::vector<core::Receipt>& receipts) {
  transact([&] {
    for (const core::Receipt& each : receipts) receipts_->add(each);
  });
}

std::vector<ReceiptRange> AuditFile::receipts(const ReceiptQuery& query) {
  return guarded([&] { return receipts_ ? receipts_->query(query) : std::vector<ReceiptRange>(); });
}

std::vector<AuditRecord> AuditFile::query(const AuditQuery& query) {
  return guarded([&] {
    std::vector<AuditRecord> found;
    const std::uint64_t limit = std::min(query.limit, kAuditPageMax);
    const std::string_view action = query.action, actor = query.actor;
    SqliteRows rows = query.before
                          ? statements_->records_before.query(query.after, query.since_ms, action, actor, limit, *query.before)
                          : statements_->records.query(query.after, query.since_ms, action, actor, limit);
    while (rows.next())
      found.push_back(
          {rows.number(0), rows.number(1), std::string(rows.text(2)), std::string(rows.text(3)), std::string(rows.text(4))});
    for (AuditRecord& record : found) record.personal = personal_of(record.seq);
    return found;
  });
}

std::vector<PersonalValue> AuditFile::personal_of(std::uint64_t seq) {
  return guarded([&] {
    std::vector<PersonalValue> found;
    for (SqliteRows rows = statements_->personal.query(seq); rows.next();)
      found.push_back({std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2))});
    return found;
  });
}

std::optional<ChainPoint> AuditFile::cut_point() {
  return guarded([&]() -> std::optional<ChainPoint> {
    SqliteRows rows = statements_->cut_point.query();
    if (!rows.next()) return std::nullopt;
    return point_from(rows);
  });
}

std::vector<ChainPoint> AuditFile::checkpoints() {
  return guarded([&] {
    std::vector<ChainPoint> points;
    for (SqliteRows rows = statements_->checkpoints.query(); rows.next();) points.push_back(point_from(rows));
    return points;
  });
}

}  // namespace dialogue::audit
