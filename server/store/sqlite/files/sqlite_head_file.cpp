// See sqlite_head_file.hpp.
#include "server/store/sqlite/files/sqlite_head_file.hpp"

#include <sqlite3.h>

#include <array>
#include <cstring>

#include "server/store/checksum.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"

namespace dialogue::store {
namespace {

constexpr std::uint64_t kMagic = 0x4441'4548'474F'4C44ULL;  // "DLOGHEAD" on a disk

/// Magic number, identity, commits, checksum: one sector, written in one call.
using Words = std::array<std::uint64_t, 4>;

std::uint64_t checksum_of(const Words& words) { return Checksum().add(words[0]).add(words[1]).add(words[2]).value(); }

}  // namespace

SqliteHeadFile::SqliteHeadFile(const std::string& database_path, const std::string& vfs)
    : file_(full_sqlite_path(database_path, vfs) + "-head", vfs, SqliteVfsFile::Mode::write_or_create) {
  for (const int lock : {SQLITE_LOCK_SHARED, SQLITE_LOCK_EXCLUSIVE})
    if (const int code = file_.handle()->pMethods->xLock(file_.handle(), lock); code != SQLITE_OK)
      throw SqliteError(code, sqlite3_errstr(code));
}

SqliteHeadFile::~SqliteHeadFile() { file_.handle()->pMethods->xUnlock(file_.handle(), SQLITE_LOCK_NONE); }

std::optional<SqliteHeadFile::Head> SqliteHeadFile::read() {
  Words words{};
  if (file_.handle()->pMethods->xRead(file_.handle(), words.data(), sizeof(words), 0) != SQLITE_OK) return std::nullopt;
  if (words[0] != kMagic || words[3] != checksum_of(words)) return std::nullopt;
  return Head{words[1], words[2]};
}

bool SqliteHeadFile::write(const Head& head, bool should_sync) {
  Words words{kMagic, head.identity, head.commits, 0};
  words[3] = checksum_of(words);
  if (file_.handle()->pMethods->xWrite(file_.handle(), words.data(), sizeof(words), 0) != SQLITE_OK) return false;
  return !should_sync || file_.handle()->pMethods->xSync(file_.handle(), SQLITE_SYNC_NORMAL) == SQLITE_OK;
}

}  // namespace dialogue::store
