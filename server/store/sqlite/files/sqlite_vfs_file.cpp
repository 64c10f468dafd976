// See sqlite_vfs_file.hpp.
#include "server/store/sqlite/files/sqlite_vfs_file.hpp"

#include <sqlite3.h>

#include <vector>

#include "server/store/file_place.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"

namespace dialogue::store {
namespace {

sqlite3_vfs* found_vfs(const std::string& name) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(name.empty() ? nullptr : name.c_str());
  if (vfs == nullptr) throw SqliteError(SQLITE_NOTFOUND, "SQLite does not have this file system");
  return vfs;
}

[[noreturn]] void fail(int code) { throw SqliteError(code, sqlite3_errstr(code)); }

}  // namespace

std::string full_sqlite_path(const std::string& path, const std::string& vfs) {
  sqlite3_vfs* const system = found_vfs(vfs);
  std::vector<char> full(static_cast<std::size_t>(system->mxPathname) + 1);
  const int code = system->xFullPathname(system, path.c_str(), static_cast<int>(full.size()), full.data());
  if (code != SQLITE_OK && code != SQLITE_OK_SYMLINK) throw SqliteError(code, "the path cannot be resolved");
  return full.data();
}

SqliteVfsFile::SqliteVfsFile(const std::string& path, const std::string& vfs, Mode mode) {
  sqlite3_vfs* const system = found_vfs(vfs);
  if (mode == Mode::write_or_create && vfs.empty()) create_for_owner(path);
  name_ = sqlite3_create_filename(path.c_str(), "", "", 0, nullptr);
  memory_ = std::make_unique<std::byte[]>(static_cast<std::size_t>(system->szOsFile));
  file_ = reinterpret_cast<sqlite3_file*>(memory_.get());
  const int flags =
      SQLITE_OPEN_MAIN_DB | (mode == Mode::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  int granted = 0, code = system->xOpen(system, name_, file_, flags, &granted);
  if (code == SQLITE_OK && mode != Mode::read && (granted & SQLITE_OPEN_READONLY) != 0) code = SQLITE_READONLY;
  if (code == SQLITE_OK) return;
  close();
  fail(code);
}

SqliteVfsFile::~SqliteVfsFile() { close(); }

void SqliteVfsFile::close() {
  if (file_->pMethods != nullptr) file_->pMethods->xClose(file_);
  sqlite3_free_filename(const_cast<char*>(name_));
}

std::uint64_t SqliteVfsFile::size() const {
  sqlite3_int64 size = 0;
  if (const int code = file_->pMethods->xFileSize(file_, &size); code != SQLITE_OK) fail(code);
  return static_cast<std::uint64_t>(size);
}

void SqliteVfsFile::read(std::span<char> into, std::uint64_t offset) const {
  const int code = file_->pMethods->xRead(file_, into.data(), static_cast<int>(into.size()), static_cast<sqlite3_int64>(offset));
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) fail(code);
}

}  // namespace dialogue::store
