// See fault_vfs.hpp. The functions below are SQLite's interface of a file system: https://www.sqlite.org/c3ref/vfs.html
#include "tests/server/store/support/fault_vfs.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "server/core/util/seeded_random.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

constexpr std::size_t kSectorBytes = 512;
using Disk = FaultVfs::Disk;
using Error = FaultVfs::Error;
using Guard = std::lock_guard<std::recursive_mutex>;

/// One open file. Made by xOpen in SQLite's memory, destroyed by xClose.
struct OpenFile {
  sqlite3_file base;
  FaultVfs* vfs;
  std::shared_ptr<Disk> disk;
  int lock;
};

OpenFile& file_of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
FaultVfs& vfs_of(sqlite3_vfs* vfs) { return *static_cast<FaultVfs*>(vfs->pAppData); }

void put_through(std::string& bytes, const FaultVfs::Change& change) {
  if (change.is_truncation) {
    bytes.resize(change.at);
    return;
  }
  if (bytes.size() < change.at + change.bytes.size()) bytes.resize(change.at + change.bytes.size());
  bytes.replace(change.at, change.bytes.size(), change.bytes);
}

int x_unlock(sqlite3_file* given, int level) {
  OpenFile& file = file_of(given);
  const Guard guard(file.vfs->mutex());
  if (file.lock <= level) return SQLITE_OK;
  if (file.lock > SQLITE_LOCK_SHARED) file.disk->lock = SQLITE_LOCK_NONE;
  if (level == SQLITE_LOCK_NONE) --file.disk->readers;
  file.lock = level;
  return SQLITE_OK;
}

int x_close(sqlite3_file* given) {
  x_unlock(given, SQLITE_LOCK_NONE);
  file_of(given).~OpenFile();
  return SQLITE_OK;
}

int x_read(sqlite3_file* given, void* into, int amount, sqlite3_int64 from) {
  OpenFile& file = file_of(given);
  const Guard guard(file.vfs->mutex());
  if (file.vfs->is_dark() || !file.vfs->reads(static_cast<std::uint64_t>(amount))) return SQLITE_IOERR_READ;
  const std::size_t at = std::min<std::size_t>(static_cast<std::size_t>(from), file.disk->now.size());
  const std::size_t there = std::min<std::size_t>(static_cast<std::size_t>(amount), file.disk->now.size() - at);
  std::memcpy(into, file.disk->now.data() + at, there);
  std::memset(static_cast<char*>(into) + there, 0, static_cast<std::size_t>(amount) - there);
  return there == static_cast<std::size_t>(amount) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int x_write(sqlite3_file* given, const void* bytes, int amount, sqlite3_int64 at) {
  OpenFile& file = file_of(given);
  const Guard guard(file.vfs->mutex());
  FaultVfs::Change change{static_cast<std::size_t>(at), std::string(static_cast<const char*>(bytes), amount), false};
  const bool grows = change.at + change.bytes.size() > file.disk->now.size();
  const int code = file.vfs->operation(Error::write, grows);
  if (code != SQLITE_OK && code != SQLITE_FULL) return code;
  // A full disk takes what still fits into the last sector.
  if (code == SQLITE_FULL) change.bytes.resize(change.bytes.size() / 2);
  put_through(file.disk->now, change);
  file.disk->unsynced.push_back(std::move(change));
  return code;
}

int x_truncate(sqlite3_file* given, sqlite3_int64 size) {
  OpenFile& file = file_of(given);
  const Guard guard(file.vfs->mutex());
  if (const int code = file.vfs->operation(Error::write, false); code != SQLITE_OK) return code;
  FaultVfs::Change change{static_cast<std::size_t>(size), {}, true};
  put_through(file.disk->now, change);
  file.disk->unsynced.push_back(std::move(change));
  return SQLITE_OK;
}

int x_sync(sqlite3_file* given, int) {
  OpenFile& file = file_of(given);
  const Guard guard(file.vfs->mutex());
  const int code = file.vfs->operation(Error::sync, false);
  if (file.vfs->is_dark()) return code;
  // As Linux does after a write-back that failed: the bytes can be read, count as written, and are not.
  if (code == SQLITE_OK)
    for (const FaultVfs::Change& change : file.disk->unsynced) put_through(file.disk->durable, change);
  file.disk->unsynced.clear();
  return code;
}

int x_file_size(sqlite3_file* given, sqlite3_int64* size) {
  OpenFile& file = file_of(given);
  const Guard guard(file.vfs->mutex());
  *size = static_cast<sqlite3_int64>(file.disk->now.size());
  return SQLITE_OK;
}

int x_lock(sqlite3_file* given, int level) {
  OpenFile& file = file_of(given);
  const Guard guard(file.vfs->mutex());
  Disk& disk = *file.disk;
  if (file.lock >= level) return SQLITE_OK;
  if (level == SQLITE_LOCK_SHARED) {
    if (disk.lock >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
    ++disk.readers;
  } else {
    if (disk.lock != SQLITE_LOCK_NONE && file.lock <= SQLITE_LOCK_SHARED) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && disk.readers > 1) return SQLITE_BUSY;
    disk.lock = level;
  }
  file.lock = level;
  return SQLITE_OK;
}

int x_check_reserved_lock(sqlite3_file* given, int* is_reserved) {
  *is_reserved = file_of(given).disk->lock > SQLITE_LOCK_SHARED ? 1 : 0;
  return SQLITE_OK;
}

int x_file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int x_sector_size(sqlite3_file*) { return static_cast<int>(kSectorBytes); }
/// As SQLite's own file system for unix says of its disks.
int x_device_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int x_shm_map(sqlite3_file* given, int region, int bytes, int may_extend, void volatile** memory) {
  OpenFile& file = file_of(given);
  const Guard guard(file.vfs->mutex());
  auto& regions = file.disk->shared_memory;
  *memory = nullptr;
  if (static_cast<std::size_t>(region) >= regions.size() && may_extend == 0) return SQLITE_OK;
  while (regions.size() <= static_cast<std::size_t>(region)) regions.push_back(std::make_unique<char[]>(bytes));
  *memory = regions[static_cast<std::size_t>(region)].get();
  return SQLITE_OK;
}

int x_shm_lock(sqlite3_file* given, int first, int count, int flags) {
  OpenFile& file = file_of(given);
  const Guard guard(file.vfs->mutex());
  int* locks = file.disk->shared_locks;
  const bool is_shared = (flags & SQLITE_SHM_SHARED) != 0;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (int i = first; i < first + count; ++i) locks[i] = is_shared ? locks[i] - 1 : 0;
    return SQLITE_OK;
  }
  for (int i = first; i < first + count; ++i)
    if (locks[i] < 0 || (!is_shared && locks[i] > 0)) return SQLITE_BUSY;
  for (int i = first; i < first + count; ++i) locks[i] = is_shared ? locks[i] + 1 : -1;
  return SQLITE_OK;
}

void x_shm_barrier(sqlite3_file* given) { const Guard guard(file_of(given).vfs->mutex()); }

int x_shm_unmap(sqlite3_file* given, int should_delete) {
  OpenFile& file = file_of(given);
  const Guard guard(file.vfs->mutex());
  if (should_delete != 0) file.disk->shared_memory.clear();
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {2,
                                     x_close,
                                     x_read,
                                     x_write,
                                     x_truncate,
                                     x_sync,
                                     x_file_size,
                                     x_lock,
                                     x_unlock,
                                     x_check_reserved_lock,
                                     x_file_control,
                                     x_sector_size,
                                     x_device_characteristics,
                                     x_shm_map,
                                     x_shm_lock,
                                     x_shm_barrier,
                                     x_shm_unmap,
                                     nullptr,
                                     nullptr};

int x_open(sqlite3_vfs* given, const char* path, sqlite3_file* into, int flags, int* granted) {
  FaultVfs& vfs = vfs_of(given);
  const Guard guard(vfs.mutex());
  into->pMethods = nullptr;
  int code = SQLITE_OK;
  std::shared_ptr<Disk> disk = vfs.open(path == nullptr ? "" : path, flags, granted, code);
  if (code != SQLITE_OK) return code;
  new (into) OpenFile{{&kMethods}, &vfs, std::move(disk), SQLITE_LOCK_NONE};
  return SQLITE_OK;
}

int x_delete(sqlite3_vfs* given, const char* path, int) {
  const Guard guard(vfs_of(given).mutex());
  return vfs_of(given).erase(path);
}

int x_access(sqlite3_vfs* given, const char* path, int, int* answer) {
  *answer = vfs_of(given).exists(path) ? 1 : 0;
  return SQLITE_OK;
}

int x_full_pathname(sqlite3_vfs*, const char* path, int bytes_max, char* full) {
  sqlite3_snprintf(bytes_max, full, "%s", path);
  return SQLITE_OK;
}

/// Always the same: a run can be repeated. The WAL's salts come from here.
int x_randomness(sqlite3_vfs*, int bytes, char* into) {
  SeededRandom random(1);
  for (int i = 0; i < bytes; ++i) into[i] = static_cast<char>(random.next());
  return bytes;
}

/// Only a thread that waits for another's lock comes here: the machine's own clock, that the other gets time.
int x_sleep(sqlite3_vfs* given, int microseconds) {
  vfs_of(given).sleeps(microseconds);
  sqlite3_vfs* real = sqlite3_vfs_find("unix");
  return real->xSleep(real, microseconds);
}

int x_current_time(sqlite3_vfs*, double* days) {
  constexpr double kSomeDay = 2'460'000.5;
  *days = kSomeDay;
  return SQLITE_OK;
}

}  // namespace

FaultVfs::FaultVfs(std::string name) : name_(std::move(name)) {
  constexpr int kVersion = 1, kPathBytesMax = 512;
  vfs_.iVersion = kVersion;
  vfs_.szOsFile = static_cast<int>(sizeof(OpenFile));
  vfs_.mxPathname = kPathBytesMax;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = x_open;
  vfs_.xDelete = x_delete;
  vfs_.xAccess = x_access;
  vfs_.xFullPathname = x_full_pathname;
  vfs_.xRandomness = x_randomness;
  vfs_.xSleep = x_sleep;
  vfs_.xCurrentTime = x_current_time;
  sqlite3_vfs_register(&vfs_, 0);
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(&vfs_); }

void FaultVfs::plan(Plan plan) {
  const Guard guard(mutex_);
  plan_ = plan;
  operations_ = 0;
  has_struck_ = is_dark_ = false;
}

std::uint64_t FaultVfs::operations() const {
  const Guard guard(mutex_);
  return operations_;
}

bool FaultVfs::has_struck() const {
  const Guard guard(mutex_);
  return has_struck_;
}

bool FaultVfs::reads(std::uint64_t bytes) {
  if (failing_reads_ > 0) {
    --failing_reads_;
    return false;
  }
  bytes_read_ += bytes;
  return true;
}

void FaultVfs::fail_reads(std::uint64_t count) {
  const std::lock_guard guard(mutex_);
  failing_reads_ = count;
}

void FaultVfs::sleeps(int microseconds) {
  const std::lock_guard guard(mutex_);
  slept_us_ += static_cast<std::uint64_t>(microseconds);
}

std::uint64_t FaultVfs::slept_ms() const {
  constexpr std::uint64_t kUsPerMs = 1000;
  const std::lock_guard guard(mutex_);
  return slept_us_ / kUsPerMs;
}

int FaultVfs::operation(Error kind, bool grows) {
  if (is_dark_) return SQLITE_IOERR;
  ++operations_;
  if (kind == Error::sync) ++syncs_;
  if (plan_.fault == Error::none || operations_ < plan_.at) return SQLITE_OK;
  switch (plan_.fault) {
    case Error::power:
      has_struck_ = is_dark_ = true;
      return SQLITE_IOERR;
    case Error::sync:
    case Error::write:
      if (kind != plan_.fault || std::exchange(has_struck_, true)) return SQLITE_OK;
      return kind == Error::sync ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_WRITE;
    case Error::space:
      if (!grows) return SQLITE_OK;
      has_struck_ = true;
      return SQLITE_FULL;
    default:
      return SQLITE_OK;
  }
}

std::shared_ptr<Disk> FaultVfs::open(const std::string& path, int flags, int* granted, int& code) {
  if (granted != nullptr) *granted = flags;
  if (is_dark_) code = SQLITE_IOERR;
  if (code != SQLITE_OK) return nullptr;
  if (path.empty()) return std::make_shared<Disk>();
  const auto found = files_.find(path);
  if (found == files_.end() && ((flags & SQLITE_OPEN_CREATE) == 0 || plan_.fault == Error::read_only)) code = SQLITE_CANTOPEN;
  if (found == files_.end() && code == SQLITE_OK) code = operation(Error::none, true);
  if (code != SQLITE_OK) return nullptr;
  if (plan_.fault == Error::read_only && granted != nullptr) *granted = (flags & ~SQLITE_OPEN_READWRITE) | SQLITE_OPEN_READONLY;
  return found != files_.end() ? found->second : files_.emplace(path, std::make_shared<Disk>()).first->second;
}

int FaultVfs::erase(const std::string& path) {
  if (!files_.contains(path)) return SQLITE_IOERR_DELETE_NOENT;
  if (const int code = operation(Error::none, false); code != SQLITE_OK) return code;
  files_.erase(path);
  return SQLITE_OK;
}

void FaultVfs::restart(std::uint64_t seed) {
  const Guard guard(mutex_);
  SeededRandom random(seed);
  constexpr std::uint64_t kFates = 3;
  for (auto& [path, file] : files_) {
    for (Change& change : file->unsynced) {
      const std::uint64_t fate = random.below(kFates);
      if (fate == 0) continue;
      if (fate == 1) {
        const std::size_t sectors = (change.bytes.size() + kSectorBytes - 1) / kSectorBytes;
        change.bytes.resize(std::min(change.bytes.size(), kSectorBytes * random.below(sectors + 1)));
      }
      put_through(file->durable, change);
    }
    auto kept = std::make_shared<Disk>();
    kept->now = kept->durable = file->durable;
    file = std::move(kept);
  }
  plan({});
}

void FaultVfs::end_process() {
  const Guard guard(mutex_);
  for (auto& [path, file] : files_) file = std::make_shared<Disk>(Disk{file->now, file->durable, file->unsynced, 0, 0, {}, {}});
  plan({});
}

bool FaultVfs::exists(const std::string& path) const {
  const Guard guard(mutex_);
  return files_.contains(path);
}

std::size_t FaultVfs::size(const std::string& path) const {
  const Guard guard(mutex_);
  return exists(path) ? files_.at(path)->now.size() : 0;
}

std::string FaultVfs::content(const std::string& path) const {
  const Guard guard(mutex_);
  return exists(path) ? files_.at(path)->now : std::string();
}

void FaultVfs::put(const std::string& path, const std::string& bytes) {
  const Guard guard(mutex_);
  auto file = std::make_shared<Disk>();
  file->now = file->durable = bytes;
  files_[path] = std::move(file);
}

void FaultVfs::remove(const std::string& path) {
  const Guard guard(mutex_);
  files_.erase(path);
}

}  // namespace dialogue::testing
