// See sqlite_file_watch.hpp.
#include "server/store/sqlite/files/sqlite_file_watch.hpp"

#include <sqlite3.h>

#include <array>
#include <string_view>

#include "server/store/sqlite/tables/sqlite_cells.hpp"

namespace dialogue::store {

SqliteFileWatch::SqliteFileWatch(SqliteDatabase& database) : database_(database), seen_(look()) {}

void SqliteFileWatch::note() {
  if (auto now = look()) seen_ = now;
}

// By SQLite's own descriptor: to close another one of the file would end the locks of this process.
std::optional<SqliteFileWatch::Content> SqliteFileWatch::look() const {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(database_.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return std::nullopt;
  if (!file || !file->pMethods) return std::nullopt;
  std::array<char, kDatabaseHeadBytes> bytes{};
  sqlite3_int64 size = 0;
  const int code = file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), 0);
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return std::nullopt;
  if (file->pMethods->xFileSize(file, &size) != SQLITE_OK) return std::nullopt;
  const auto form = SqliteFileForm::of(std::string_view(bytes.data(), bytes.size()));
  return Content{form && !form->is_wal, form ? form->changes : 0, size};
}

std::string SqliteFileWatch::fault() {
  if (!seen_ || !seen_->is_database) return {};
  const std::optional<Content> now = look();
  if (!now) return {};
  const auto ahead = static_cast<std::int32_t>(now->changes - seen_->changes);  // the counter begins again after 2^32
  if (!now->is_database || ahead < 0 || (ahead == 0 && now->bytes < seen_->bytes))
    return std::string(sqlite3_db_filename(database_.handle(), "main")) +
           ": another program overwrote the file while open. Stop this server and restore a backup.";
  seen_ = now;
  return {};
}

}  // namespace dialogue::store
