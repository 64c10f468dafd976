// See sqlite_check.hpp.
#include "server/store/sqlite/sqlite_check.hpp"

#include <sqlite3.h>

#include <utility>

#include "server/store/sqlite/tables/sqlite_reader.hpp"

namespace dialogue::store {
namespace {

constexpr int kStepsBetweenQuestions = 100'000;  ///< of SQLite's machine: about a millisecond
constexpr int kLooksMax = 10;

}  // namespace

SqliteCheck::SqliteCheck(std::string path, SqliteCheckOptions options)
    : path_(std::move(path)), options_(std::move(options)), thread_([this] { run(); }) {}

std::string SqliteCheck::damage() const {
  const std::lock_guard lock(mutex_);
  return damage_;
}

void SqliteCheck::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

int SqliteCheck::should_break_off(void* self) {
  const auto& check = *static_cast<SqliteCheck*>(self);
  return check.is_stopping_ || (check.options_.should_give_way && check.options_.should_give_way()) ? 1 : 0;
}

void SqliteCheck::run() {
  for (int look = 1;; ++look) {
    std::string obstacle = "many writes";
    try {
      if (look_once() == Look::done) return;
    } catch (const SqliteError& fault) {
      if (store_status(fault) == core::StoreStatus::damaged) return conclude(fault.what());
      obstacle = fault.what();
    }
    std::unique_lock lock(mutex_);
    if (is_stopping_) return;
    if (look == kLooksMax) {
      if (options_.warn)
        options_.warn("the database could not be verified because of " + obstacle +
                      ": run `dialogue store check` at a quiet time");
      return;
    }
    if (wake_.wait_for(lock, options_.pause, [this] { return is_stopping_.load(); })) return;
  }
}

SqliteCheck::Look SqliteCheck::look_once() {
  SqliteDatabase database(path_, SqliteMode::read_only, options_.vfs);
  database.run("PRAGMA wal_autocheckpoint = 0");
  sqlite3_progress_handler(database.handle(), kStepsBetweenQuestions, should_break_off, this);
  try {
    conclude(database.text("PRAGMA quick_check(1)"));
  } catch (const SqliteError& fault) {
    if (fault.code() != SQLITE_INTERRUPT) throw;
    return Look::broken_off;
  }
  return Look::done;
}

void SqliteCheck::conclude(const std::string& fault) {
  if (fault == "ok") {
    if (options_.note) options_.note("the whole database was verified: its structure is sound");
    return;
  }
  const std::string damage = "the database is damaged: " + fault;
  {
    const std::lock_guard lock(mutex_);
    damage_ = damage;
  }
  if (options_.warn)
    options_.warn(damage +
                  ". Readable data is served. Run `dialogue store check`; restore a backup with `dialogue store restore`");
}

}  // namespace dialogue::store
