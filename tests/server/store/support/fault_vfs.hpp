// A disk in memory under SQLite, with faults: it counts what is asked of it, and at the N-th operation the power fails, a sync
// fails, or space runs out. At a power failure each write since its file's last sync is kept, lost or torn at a sector, by a
// seed. Creating and deleting a file is durable at once. Two connections of one process may share a file, also through a WAL.
//
//   FaultVfs disk("disk-1");
//   disk.plan({FaultVfs::Error::power, 17});
//   ... SqliteLog log("log.db", {.vfs = disk.name()}) ...   // everything fails from operation 17 on
//   disk.restart(seed);                                      // what a machine finds when it starts again
//
// Used by one thread at a time, except that SQLite's own connections may be on several.
#pragma once
#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace dialogue::testing {

class FaultVfs {
 public:
  enum class Error : std::uint8_t {
    none,
    power,      ///< from the N-th operation on everything fails; nothing more reaches the disk
    sync,       ///< the N-th sync-or-later fails once with EIO: what it should have made durable is read until a power failure,
                ///< and no later sync writes it
    space,      ///< from the N-th operation on writes that make a file longer fail with ENOSPC, until lifted
    write,      ///< the N-th write-or-later fails once with EIO
    read_only,  ///< from the N-th operation on nothing can be opened for writing
  };
  struct Plan {
    Error fault = Error::none;
    std::uint64_t at = 0;  ///< counted from 1 by operations()
  };

  explicit FaultVfs(std::string name);
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;
  ~FaultVfs();

  [[nodiscard]] const std::string& name() const { return name_; }
  void plan(Plan plan);
  /// So many writes, truncations, syncs, creations and deletions were asked for since the last plan().
  [[nodiscard]] std::uint64_t operations() const;
  [[nodiscard]] bool has_struck() const;
  /// The next so many reads fail with EIO, and then all is well.
  void fail_reads(std::uint64_t count);
  /// Since it was made: how often a file was synced, and how many bytes were read.
  [[nodiscard]] std::uint64_t syncs() const { return std::lock_guard(mutex_), syncs_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return std::lock_guard(mutex_), bytes_read_; }
  /// Since it was made: how long threads waited for a lock of another connection.
  [[nodiscard]] std::uint64_t slept_ms() const;

  /// After every connection is closed: what is on the disk when the machine starts again, with no fault planned.
  void restart(std::uint64_t seed);
  /// As restart(), when only the process ended: the next one reads what this one wrote, synced or not.
  void end_process();

  [[nodiscard]] bool exists(const std::string& path) const;
  [[nodiscard]] std::size_t size(const std::string& path) const;
  /// The file's bytes, durable or not; and the other way, durable at once.
  [[nodiscard]] std::string content(const std::string& path) const;
  void put(const std::string& path, const std::string& bytes);
  void remove(const std::string& path);

  /// For the functions that SQLite calls.
  struct Change {
    std::size_t at = 0;
    std::string bytes;
    bool is_truncation = false;
  };
  struct Disk {
    std::string now, durable;
    std::vector<Change> unsynced;  ///< what makes `now` out of `durable`
    int lock = 0, readers = 0;     ///< the strongest lock that is held, and how many hold SHARED
    std::vector<std::unique_ptr<char[]>> shared_memory;
    int shared_locks[SQLITE_SHM_NLOCK] = {};  ///< -1: exclusive; n: n sharers
  };
  std::shared_ptr<Disk> open(const std::string& path, int flags, int* granted, int& code);
  /// Counts one operation; SQLITE_OK, or what it fails with.
  [[nodiscard]] int operation(Error kind, bool grows);
  [[nodiscard]] bool is_dark() const { return is_dark_; }
  std::recursive_mutex& mutex() { return mutex_; }
  /// Counts one read; false: it fails.
  [[nodiscard]] bool reads(std::uint64_t bytes);
  [[nodiscard]] int erase(const std::string& path);
  void sleeps(int microseconds);

 private:
  std::string name_;
  sqlite3_vfs vfs_{};
  mutable std::recursive_mutex mutex_;
  std::map<std::string, std::shared_ptr<Disk>> files_;
  Plan plan_;
  std::uint64_t operations_ = 0, syncs_ = 0, bytes_read_ = 0, failing_reads_ = 0, slept_us_ = 0;
  bool has_struck_ = false, is_dark_ = false;
};

}  // namespace dialogue::testing
