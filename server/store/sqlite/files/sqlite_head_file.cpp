// See sqlite_head_file.hpp.
#include "server/store/sqlite/files/sqlite_head_file.hpp"

#include <sqlite3.h>

#include <array>
#include <cstring>
#include <vector>

#include "server/store/checksum.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"

namespace dialogue::store {
namespace {

constexpr std::uint64_t kMagic = 0x4441'4548'474F'4C44ULL;  // "DLOGHEAD" on a disk

/// Magic number, identity, commits, checksum: one sector, written in one call.
using Words = std::array<std::uint64_t, 4>;

std::uint64_t checksum_of(const Words& words) { return Checksum().add(words[0]).add(words[1]).add(words[2]).value(); }

std::string full_path(sqlite3_vfs* vfs, const std::string& path) {
  std::vector<char> full(static_cast<std::size_t>(vfs->mxPathname) + 1);
  const int code = vfs->xFullPathname(vfs, path.c_str(), static_cast<int>(full.size()), full.data());
  if (code != SQLITE_OK && code != SQLITE_OK_SYMLINK) throw SqliteError(code, "the path cannot be resolved");
  return full.data();
}

}  // namespace

SqliteHeadFile::SqliteHeadFile(const std::string& database_path, const std::string& vfs)
    : vfs_(sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str())) {
  if (vfs_ == nullptr) throw SqliteError(SQLITE_NOTFOUND, "there is no such file system");
  const std::string path = full_path(vfs_, database_path) + "-head";
  name_ = sqlite3_create_filename(path.c_str(), "", "", 0, nullptr);
  memory_ = std::make_unique<std::byte[]>(static_cast<std::size_t>(vfs_->szOsFile));
  file_ = reinterpret_cast<sqlite3_file*>(memory_.get());
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_DB;
  int granted = 0, code = vfs_->xOpen(vfs_, name_, file_, kFlags, &granted);
  if (code == SQLITE_OK && (granted & SQLITE_OPEN_READONLY) != 0) code = SQLITE_READONLY;
  if (code == SQLITE_OK) code = file_->pMethods->xLock(file_, SQLITE_LOCK_SHARED);
  if (code == SQLITE_OK) code = file_->pMethods->xLock(file_, SQLITE_LOCK_EXCLUSIVE);
  if (code == SQLITE_OK) return;
  if (file_->pMethods != nullptr) file_->pMethods->xClose(file_);
  sqlite3_free_filename(const_cast<char*>(name_));
  throw SqliteError(code, sqlite3_errstr(code));
}

SqliteHeadFile::~SqliteHeadFile() {
  file_->pMethods->xUnlock(file_, SQLITE_LOCK_NONE);
  file_->pMethods->xClose(file_);
  sqlite3_free_filename(const_cast<char*>(name_));
}

std::optional<SqliteHeadFile::Head> SqliteHeadFile::read() {
  Words words{};
  if (file_->pMethods->xRead(file_, words.data(), sizeof(words), 0) != SQLITE_OK) return std::nullopt;
  if (words[0] != kMagic || words[3] != checksum_of(words)) return std::nullopt;
  return Head{words[1], words[2]};
}

bool SqliteHeadFile::write(const Head& head, bool should_sync) {
  Words words{kMagic, head.identity, head.commits, 0};
  words[3] = checksum_of(words);
  if (file_->pMethods->xWrite(file_, words.data(), sizeof(words), 0) != SQLITE_OK) return false;
  return !should_sync || file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL) == SQLITE_OK;
}

}  // namespace dialogue::store
