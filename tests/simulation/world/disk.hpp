// The server's disk and the store on it: the real SqliteLog on a disk in memory that loses what was not synced when the power
// fails. Used by one run.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "server/core/util/time.hpp"
#include "server/store/sqlite/sqlite_log.hpp"
#include "tests/server/store/support/fault_vfs.hpp"

namespace dialogue::simulation {

using namespace core;
using namespace store;

class Disk {
 public:
  using Error = dialogue::testing::FaultVfs::Error;

  Disk();
  ~Disk();

  /// Opens the store. Empty: it is open; else why it is not.
  [[nodiscard]] std::string open(std::uint64_t seed, Time now);
  [[nodiscard]] SqliteLog& log() { return *log_; }
  [[nodiscard]] bool is_open() const { return log_ != nullptr; }
  /// The server ends as it should.
  void close() { log_.reset(); }
  /// The process is killed: what was written stays, synced or not.
  void kill();
  /// The machine loses its power: what was not synced is lost, or torn, or not.
  void lose_power(std::uint64_t seed);
  [[nodiscard]] bool has_lost_power() const { return boots_ > 1; }

  /// One fault at a time, from the `at`-th operation on.
  void plan(Error fault, std::uint64_t at) { vfs_.plan({fault, at}); }
  void heal() { vfs_.plan({}); }
  /// The power has failed in the middle of something.
  [[nodiscard]] bool is_dark() const { return vfs_.has_struck() && vfs_.is_dark(); }

 private:
  void let_go();

  dialogue::testing::FaultVfs vfs_;
  std::unique_ptr<SqliteLog> log_;
  std::uint64_t boots_ = 1;  ///< of the machine
};

}  // namespace dialogue::simulation
