// See sqlite_database.hpp.
#include "server/store/sqlite/tables/sqlite_database.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include "server/store/file_place.hpp"
#include "server/store/sqlite/tables/sqlite_cells.hpp"

namespace dialogue::store {
namespace {

/// Whether the failures of the database's file and of its log, which both keep their newest, are that they may not grow.
bool is_over_limit(sqlite3* handle) {
  bool is_found = false;
  for (const int which : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(handle, "main", which, &file) != SQLITE_OK || file == nullptr || file->pMethods == nullptr) continue;
    int reason = 0;
    if (file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &reason) != SQLITE_OK) continue;
    if (reason == 0) continue;
    if (reason != EFBIG && reason != EDQUOT) return false;
    is_found = true;
  }
  return is_found;
}

}  // namespace

int sqlite_error_code(sqlite3* handle) {
  const int code = sqlite3_extended_errcode(handle);
  return code == SQLITE_IOERR_WRITE && is_over_limit(handle) ? SQLITE_FULL : code;
}

namespace {

[[noreturn]] void fail(sqlite3* handle, int code) {
  throw SqliteError(handle != nullptr ? sqlite_error_code(handle) : code,
                    handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
}

/// With an index that it may only read, SQLite tries for ten seconds to use a -wal that it would pass over if it could write.
bool has_frames(const std::string& wal) {
  std::string begin(kWalHeadBytes + 1, '\0');
  std::ifstream file(wal, std::ios::binary);
  return file.read(begin.data(), static_cast<std::streamsize>(begin.size())) && has_wal_frames(begin);
}

bool has_index(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::exists(path + "-shm", unknown);
}

/// The path as a URI, with which SQLite creates no file beside it: with a -wal it reads the existing index; without one it
/// assumes that the file does not change.
std::string uri_to_look(const std::string& path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char byte : path) {
    const auto value = static_cast<unsigned char>(byte);
    if (byte == '?' || byte == '#' || byte == '%')
      ((uri += '%') += kDigits[value >> 4]) += kDigits[value & 15];
    else
      uri += byte;
  }
  return uri + (has_index(path) && has_frames(path + "-wal") ? "?readonly_shm=1" : "?immutable=1");
}

}  // namespace

bool is_look_whole(const std::string& path) { return has_index(path) || !has_frames(path + "-wal"); }

SqliteDatabase::SqliteDatabase(const std::string& path, SqliteMode mode, const std::string& vfs) {
  const bool is_look = mode == SqliteMode::look;
  const int access = mode == SqliteMode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                               : SQLITE_OPEN_READONLY | (is_look ? SQLITE_OPEN_URI : 0);
  const bool is_like_uri = path.starts_with("file:");  // SQLite may be built to read each name as one
  const std::string name = is_look ? uri_to_look(path) : (is_like_uri ? "./" : "") + path;
  const bool is_file = !path.empty() && path != ":memory:" && vfs.empty();
  if (mode == SqliteMode::write && is_file) create_for_owner(path);
  const int code = sqlite3_open_v2(name.c_str(), &handle_, access | SQLITE_OPEN_NOMUTEX, vfs.empty() ? nullptr : vfs.c_str());
  if (code == SQLITE_OK) {
    sqlite3_extended_result_codes(handle_, 1);
    lock_wait_.begin(handle_);
    lock_wait_.set_max(kLockWaitMs);
    return;
  }
  const SqliteError fault(handle_ != nullptr ? sqlite3_extended_errcode(handle_) : code, sqlite3_errstr(code));
  sqlite3_close_v2(std::exchange(handle_, nullptr));
  throw fault;
}

SqliteDatabase::~SqliteDatabase() { sqlite3_close_v2(handle_); }

void SqliteDatabase::run(const std::string& sql) {
  if (const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK) fail(handle_, code);
}

std::int64_t SqliteDatabase::number(const std::string& sql) {
  return static_cast<std::int64_t>(SqliteStatement(*this, sql).number());
}

std::string SqliteDatabase::text(const std::string& sql) {
  SqliteStatement statement(*this, sql);
  SqliteRows rows = statement.query();
  return rows.next() ? std::string(rows.text(0)) : std::string();
}

bool SqliteDatabase::is_in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

SqliteStatement::SqliteStatement(SqliteDatabase& database, std::string_view sql) : database_(database) {
  check(sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle_,
                           nullptr));
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(handle_); }

void SqliteStatement::check(int code) const {
  if (code != SQLITE_OK) fail(database_.handle(), code);
}

void SqliteStatement::bind(int index, std::uint64_t number) {
  check(sqlite3_bind_int64(handle_, index, static_cast<sqlite3_int64>(number)));
}

void SqliteStatement::bind(int index, std::string_view text) {
  const char* bytes = text.data() == nullptr ? "" : text.data();
  check(sqlite3_bind_text(handle_, index, bytes, static_cast<int>(text.size()), SQLITE_STATIC));
}

void SqliteStatement::bind(int index, SqliteBlob blob) {
  check(sqlite3_bind_blob(handle_, index, blob.bytes.data(), static_cast<int>(blob.bytes.size()), SQLITE_STATIC));
}

SqliteRows::~SqliteRows() { sqlite3_reset(statement_.handle_); }

bool SqliteRows::next() {
  const int code = sqlite3_step(statement_.handle_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(statement_.database_.handle(), code);
  return false;
}

std::uint64_t SqliteRows::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.handle_, column));
}

std::string_view SqliteRows::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.handle_, column));
  return bytes == nullptr ? std::string_view() : std::string_view(bytes, sqlite3_column_bytes(statement_.handle_, column));
}

}  // namespace dialogue::store
