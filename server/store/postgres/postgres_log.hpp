// What a store writes, as calls that return: what was written is committed when a call answers ok. A connection that is lost
// while a write may be committed is reopened and the outcome queried, so that its answer is the truth; kOutcomeWait later the
// store has failed. Where nothing of a write has happened the answer is `busy`. PostgresStore is the asynchronous store on top of
// it. Used by one thread; stop() by any.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/store/engine/engine_store.hpp"
#include "server/store/follow.hpp"
#include "server/store/kept_state.hpp"
#include "server/store/postgres/connection/postgres_link.hpp"
#include "server/store/postgres/schema/postgres_open.hpp"
#include "server/store/postgres/tables/postgres_reader.hpp"
#include "server/store/user_data.hpp"

namespace dialogue::store {

/// For how long the outcome of a write is asked for: less than an Instance waits for an answer (kStoreTimeoutMs).
inline constexpr std::chrono::seconds kOutcomeWait{45};

// Statements of several of its parts.
inline constexpr PostgresStatement kLockRoom{"dialogue_lock_room", "SELECT id FROM lock_room($1::bytea, $2::bytea)"};
inline constexpr PostgresStatement kForgetRoom{"dialogue_forget_room", "SELECT forget_room($1::bytea, $2::bytea)"};

class PostgresLog {
 public:
  using Callbacks = EngineLogCallbacks;
  PostgresLog(PostgresAddress address, PostgresOptions options, Callbacks callbacks);
  PostgresLog(const PostgresLog&) = delete;
  PostgresLog& operator=(const PostgresLog&) = delete;
  /// Forgets what it kept to know the outcome of its writes.
  ~PostgresLog();

  /// As in store.hpp. One batch; each write has an answer.
  [[nodiscard]] std::vector<core::StoreStatus> append(const std::vector<core::RoomWrite>& writes);
  [[nodiscard]] core::LogTrimmed trim(const core::TrimLog& trim);
  [[nodiscard]] core::StoreStatus erase(const core::RoomKey& key);
  [[nodiscard]] core::StoreStatus put_kept(const KeptWrite& write);
  [[nodiscard]] UserErased erase_user(const UserQuery& query);
  [[nodiscard]] UserErased erase_records(const RecordErasure& what);
  [[nodiscard]] core::StoreStatus put_room(const RoomPart& part);
  /// Does one bounded step of deferrable work: erased rooms, and unopened rooms. Returns true if it is to be called again when
  /// idle.
  [[nodiscard]] bool tidy();

  [[nodiscard]] bool has_failed() const { return has_failed_; }
  /// A write whose outcome is unknown is not asked for any more.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  using Work = std::function<void(PostgresConnection&)>;

  /// Does the work in one transaction, which happens once whatever becomes of the connection. `busy`: nothing has happened.
  [[nodiscard]] core::StoreStatus transact(const Work& work) { return transact(work, true); }
  /// For work that may as well happen twice: an unknown outcome is `busy`.
  [[nodiscard]] core::StoreStatus transact_anyhow(const Work& work) { return transact(work, false); }
  [[nodiscard]] core::StoreStatus transact(const Work& work, bool asks_for_outcome);
  /// Returns a connection to a database that has this writer's row of `writer`. Throws PostgresError.
  [[nodiscard]] PostgresConnection& connection();
  void check_history(PostgresConnection& connection);
  /// Waits for a while before the outcome is asked for again; false: it stays unknown, and the store has failed.
  [[nodiscard]] bool wait_for_outcome(Clock::time_point lost_at, const PostgresError& error);
  [[nodiscard]] core::StoreStatus status_after(const PostgresError& error);
  void warn(const std::string& text) const;

  [[nodiscard]] std::vector<core::StoreStatus> append_batch(const std::vector<const core::RoomWrite*>& writes);
  void note_written(const std::vector<const core::RoomWrite*>& writes, const std::vector<core::StoreStatus>& statuses);
  void fold(const core::RoomKey& key);

  /// The remaining records that a step may visit and delete.
  struct ErasureBudget {
    std::uint64_t looks = kRecordsPerStepMax;
    std::size_t drops = kUserRecordsPerStepMax;
  };
  void erase_step(PostgresConnection& connection, const UserQuery& query, UserErased& erased);
  /// Erases a user's records in a room. Returns false if the room may have more of them, behind `at`.
  [[nodiscard]] bool erase_in_room(PostgresConnection& connection, UserCursor& at, const PostgresReader::Room& room,
                                   const UserQuery& query, ErasureBudget& left, UserErased& erased);
  void erase_own_room(PostgresConnection& connection, const PostgresReader::Room& room, UserErased& erased);
  void sweep_room(PostgresConnection& connection, const PostgresReader::Room& room, std::uint64_t& rows_left);

  const PostgresAddress address_;
  const PostgresOptions options_;
  const Callbacks callbacks_;
  PostgresLink link_;
  const std::uint64_t writer_;    ///< whose rows of `writer` are ours: random
  std::uint64_t batch_ = 0;       ///< the number of the newest batch
  std::uint64_t committed_ = 0;   ///< the newest that was answered
  std::uint64_t known_made_ = 0;  ///< PostgresLink::made() of the connection that was checked
  std::vector<core::RoomKey> to_fold_;
  std::atomic<bool> has_failed_ = false;
  bool has_garbage_ = true;
  bool is_warned_ = false;       ///< of the connection that is lost
  std::uint64_t newest_ms_ = 0;  ///< the latest timestamp that any record of ours had: the store's own clock
  std::uint64_t clock_ms_ = 0;   ///< the newest of RoomWrite::clock_ms
  core::RoomKey swept_to_;       ///< rooms up to this one were swept in this round
  std::uint64_t next_round_ms_ = 0;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool is_stopping_ = false;
};

}  // namespace dialogue::store
