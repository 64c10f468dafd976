// An operator's tools for a store's database: verify it, copy it while a server runs, restore a copy. Each call is complete in
// itself and throws StoreError. Used by `dialogue store`.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "server/store/store_error.hpp"

namespace dialogue::store {

struct RoomReport {
  core::RoomKey key;
  std::uint64_t events = 0, bytes = 0;  ///< of payloads
  std::uint64_t base = 1, head = 0, producers = 0;
  std::vector<std::string> faults;  ///< each range of damaged records, and what else is wrong; none: all is right
};

struct StoreReport {
  std::vector<RoomReport> rooms;
  std::vector<std::string> faults;  ///< of the database as a whole
  std::uint64_t events = 0, bytes = 0;

  [[nodiscard]] bool is_whole() const;
};

/// Reads all of it, through a read-only connection.
[[nodiscard]] StoreReport check_sqlite(const std::string& path);

struct StoreCopy {
  std::uint64_t rooms = 0, events = 0;
  std::uint64_t bytes = 0;  ///< of the file
  std::string replaced;     ///< where the database that was there before is now; empty: there was none
};

/// Copies the newest state to `to`, which must not exist. A server may go on meanwhile.
[[nodiscard]] StoreCopy backup_sqlite(const std::string& from, const std::string& to);

/// Puts the backup `from` in the place of `to`, with a new identity: every room begins a new epoch, so that clients that held
/// positions are reported. Refuses while a server runs on `to`. What was there is kept beside it. Where `to` is a
/// link, the database that it leads to is replaced.
[[nodiscard]] StoreCopy restore_sqlite(const std::string& from, const std::string& to);

}  // namespace dialogue::store
