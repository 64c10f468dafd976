// See sqlite_view.hpp.
#include "server/store/sqlite/sqlite_view.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include "server/store/sqlite/sqlite_open.hpp"

namespace dialogue::store {
namespace {

StoreFacts facts_of(SqliteDatabase& database) {
  database.run("BEGIN");
  const StoreRow store = SqliteReader(database).store();
  const StoreFacts facts{store.identity, is_room_missing(database, store)};
  database.run("ROLLBACK");  // of nothing; COMMIT is refused once damage was met
  return facts;
}

}  // namespace

SqliteView::Opened::Opened(const std::string& path, const std::string& vfs)
    : database(open_sqlite_current(path, vfs)), facts(facts_of(*database)), reader(*database, facts), kept(*database) {}

SqliteView::FileId SqliteView::file_id() const {
  struct stat status {};
  if (!vfs_.empty() || ::stat(path_.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

SqliteView::Opened& SqliteView::current() {
  const FileId there = file_id();
  if (opened_ && there == file_) return *opened_;
  opened_.reset();
  try {
    opened_ = std::make_unique<Opened>(path_, vfs_);
  } catch (const SqliteError& fault) { throw store_error(path_, fault); }
  file_ = there;
  ++times_opened_;
  return *opened_;
}

std::pair<std::uint64_t, std::int64_t> SqliteView::version() {
  SqliteDatabase& database = *current().database;
  return {times_opened_, database.number("PRAGMA data_version")};
}

SqliteView::Transaction::Transaction(SqliteView& of) : view(of) {
  Opened& now = *view.opened_;
  now.database->run("BEGIN");
  try {
    is_current = now.reader.store().identity == now.facts.identity;
  } catch (const SqliteError&) {
    view.opened_.reset();
    throw;
  }
}

SqliteView::Transaction::~Transaction() {
  sqlite3_exec(view.opened_->database->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  if (!is_current) view.opened_.reset();
}

}  // namespace dialogue::store
