// See database.hpp. The log is write-ahead and synchronised at each commit: what was answered survives a power cut.
#include "apps/chat/store/database.hpp"

#include <sqlite3.h>

#include "apps/chat/store/schema.hpp"

namespace chat {
namespace {

constexpr int kBusyTimeoutMs = 5'000;

[[noreturn]] void fail(sqlite3* connection) {
  throw StoreFault(sqlite3_extended_errcode(connection), std::string("chat.db: ") + sqlite3_errmsg(connection));
}

void check(sqlite3* connection, int result) {
  if (result != SQLITE_OK) fail(connection);
}

}  // namespace

bool StoreFault::is_duplicate() const { return code_ == SQLITE_CONSTRAINT_UNIQUE || code_ == SQLITE_CONSTRAINT_PRIMARYKEY; }

Statement::~Statement() {
  if (!statement_) return;
  if (is_owned_) {
    sqlite3_finalize(statement_);
    return;
  }
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) fail(connection_);
  return false;
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

void Statement::bind(int place, std::string_view value) {
  check(connection_,
        sqlite3_bind_text64(statement_, place, value.data() ? value.data() : "", value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}
void Statement::bind(int place, std::int64_t value) { check(connection_, sqlite3_bind_int64(statement_, place, value)); }
void Statement::bind(int place, std::nullptr_t) { check(connection_, sqlite3_bind_null(statement_, place)); }

Database::Database(const std::string& path) {
  if (sqlite3_open(path.c_str(), &connection_) != SQLITE_OK) {
    const std::string reason = sqlite3_errmsg(connection_);
    sqlite3_close(connection_);
    throw StoreFault(SQLITE_CANTOPEN, path + ": " + reason);
  }
  sqlite3_busy_timeout(connection_, kBusyTimeoutMs);
  run_script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;");
}

Database::~Database() {
  for (const auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
  sqlite3_close(connection_);
}

Statement Database::prepare(const char* sql) {
  const auto found = prepared_.find(std::string_view(sql));
  const bool is_kept = found != prepared_.end();
  if (is_kept && !sqlite3_stmt_busy(found->second)) return {connection_, found->second, false};
  sqlite3_stmt* statement = nullptr;
  check(connection_, sqlite3_prepare_v2(connection_, sql, -1, &statement, nullptr));
  if (!is_kept) prepared_.emplace(sql, statement);
  return {connection_, statement, is_kept};
}

void Database::run_script(const std::string& sql) {
  check(connection_, sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr));
}

std::int64_t Database::changes() const { return sqlite3_changes64(connection_); }

Store::Transaction::Transaction(Database& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }

Store::Transaction::~Transaction() {
  if (!is_open_) return;
  try {
    database_.run("ROLLBACK");
  } catch (const StoreFault&) {
    // SQLite has rolled back by itself.
  }
}

void Store::Transaction::commit() {
  database_.run("COMMIT");
  is_open_ = false;
}

Store::Store(const std::string& path) : database_(path) {
  write([](Database& database) { migrate(database); });
}

}  // namespace chat
