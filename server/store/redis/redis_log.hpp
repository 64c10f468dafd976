// What a store writes to Redis, as calls that return: what was written is in Redis when a call answers ok. Each call of a script
// has a number, which Redis keeps with its answer: a connection that is lost while a call may have happened is reopened and the
// same call sent again, so that its answer is the truth; kRedisOutcomeWait later the store has failed. Where nothing of a write
// has happened the answer is `busy`, or `full`. RedisStore is the asynchronous store on top of it. Used by one thread; stop() by
// any.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/store/engine/engine_link.hpp"
#include "server/store/engine/engine_store.hpp"
#include "server/store/kept_state.hpp"
#include "server/store/redis/redis_open.hpp"
#include "server/store/redis/tables/redis_keys.hpp"
#include "server/store/redis/tables/redis_reader.hpp"
#include "server/store/user_data.hpp"

namespace dialogue::store {

/// For how long the outcome of a write is asked for: less than an Instance waits for an answer (kStoreTimeoutMs).
inline constexpr std::chrono::seconds kRedisOutcomeWait{45};

using RedisLink = EngineLink<RedisConnection, RedisError>;

class RedisLog {
 public:
  RedisLog(RedisAddress address, RedisOptions options, EngineLogCallbacks callbacks);
  RedisLog(const RedisLog&) = delete;
  RedisLog& operator=(const RedisLog&) = delete;
  /// Forgets what it kept to know the outcome of its writes.
  ~RedisLog();

  /// As in store.hpp. A call for each part of the store, all in one round trip; each write has an answer.
  [[nodiscard]] std::vector<core::StoreStatus> append(const std::vector<core::RoomWrite>& writes);
  [[nodiscard]] core::LogTrimmed trim(const core::TrimLog& trim);
  [[nodiscard]] core::StoreStatus erase(const core::RoomKey& key);
  [[nodiscard]] core::StoreStatus put_kept(const KeptWrite& write);
  [[nodiscard]] UserErased erase_user(const UserQuery& query);
  [[nodiscard]] UserErased erase_records(const RecordErasure& what);
  [[nodiscard]] core::StoreStatus put_room(const RoomPart& part);
  /// Does one bounded step of deferrable work on unopened rooms. Returns true if it is to be called again when idle.
  [[nodiscard]] bool tidy();

  [[nodiscard]] bool has_failed() const { return has_failed_; }
  /// A write whose outcome is unknown is not asked for any more.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Outcome {
    core::StoreStatus status = core::StoreStatus::ok;
    std::string answer{};  ///< with ok
  };

  /// Returns a connection to a Redis that has everything that was acknowledged, or else has another identity. Throws RedisError.
  [[nodiscard]] RedisConnection& connection();
  void check_history(RedisConnection& connection);
  void warn_of_loss() const;
  void forget_old_answers();
  /// Returns the call of a script under the next number. `keys`: parts; the first has the number.
  [[nodiscard]] RedisCall numbered(const RedisScript& script, std::vector<std::string> keys, std::vector<std::string> arguments);
  /// Executes calls for different parts, each exactly once, even if the connection is lost. `is_promised`: waits for replicas, if
  /// the address requires it.
  [[nodiscard]] std::vector<Outcome> ask(const std::vector<RedisCall>& calls, bool is_promised = true);
  [[nodiscard]] Outcome ask(const RedisScript& script, const std::vector<std::string>& keys,
                            const std::vector<std::string>& arguments, bool is_promised = true);
  /// Executes calls in one round trip. If it returns fewer outcomes than calls, the next outcome is unknown, and `fault` has the
  /// reason.
  [[nodiscard]] std::vector<Outcome> ask_once(RedisConnection& now, const std::vector<RedisCall>& calls, bool were_sent_before,
                                              RedisError& fault);
  /// Returns the outcome of a call with an error answer; no value if the call may have been executed when it was sent before.
  [[nodiscard]] std::optional<Outcome> outcome_of(RedisConnection& now, const RedisCall& call, const RedisError& error,
                                                  bool was_sent_before);
  void note_answer(const RedisCall& call, const Outcome& outcome);
  /// Waits until the configured number of replicas have what was written. Throws RedisError if they do not in time. `by_others`:
  /// an earlier connection may have written it.
  void wait_for_replicas(RedisConnection& now, bool by_others);
  /// Waits for a while before the outcome is asked for again; false: it stays unknown, and the store has failed.
  [[nodiscard]] bool wait_for_outcome(Clock::time_point lost_at, const RedisError& error);
  [[nodiscard]] core::StoreStatus status_after(const RedisError& error);
  void warn(const std::string& text) const;
  /// Calls `work`, which asks and reads; its error as a status.
  [[nodiscard]] core::StoreStatus attempt(const std::function<core::StoreStatus()>& work);

  using Places = std::vector<std::size_t>;  ///< of writes
  void append_part(const std::vector<core::RoomWrite>& writes, const Places& places, const Outcome& outcome,
                   std::vector<core::StoreStatus>& statuses);
  void note_written(const core::RoomWrite& write);

  /// Folds the room's news into its rows; returns false if the news are damaged, or have changed meanwhile.
  [[nodiscard]] bool fold(const core::RoomKey& key);
  struct ProducerAge {
    std::uint64_t before_ms = 0, pages_before_ms = 0;
  };
  /// Removes at most kTrimRecordsMax old producers; returns true if more may be left.
  [[nodiscard]] bool drop_old_producers(const core::RoomKey& key, std::uint64_t base, const ProducerAge& age);

  [[nodiscard]] core::StoreStatus erase_step(const UserQuery& query, UserErased& erased);
  /// Erases a user's records in a room. `at`: receives the last visited position; no value: the room's end was reached.
  [[nodiscard]] core::StoreStatus erase_in_room(const RedisReader::Room& room, const UserQuery& query, std::uint64_t& looks_left,
                                                std::optional<UserCursor>& at, UserErased& erased);
  /// Erases everything in `found` at once, with a notice of the sequences. `notified`: notices to remove. Returns no value if the
  /// room was changed meanwhile, and `found` must be read again.
  [[nodiscard]] std::optional<core::StoreStatus> erase_found(const core::RoomKey& key, RedisReader::Found& found,
                                                             const std::vector<std::string>& notified, UserErased& erased);
  [[nodiscard]] core::StoreStatus erase_own_room(const RedisReader::Room& room, const UserQuery& query, UserErased& erased);
  [[nodiscard]] core::StoreStatus end_step(const UserQuery& query, UserErased& erased);
  [[nodiscard]] bool sweep_room(const RedisReader::Room& room);

  const RedisAddress address_;
  const RedisOptions options_;
  const EngineLogCallbacks callbacks_;
  const RedisKeys keys_;
  RedisLink link_;
  const std::string writer_;  ///< whose answers Redis keeps: random
  std::uint64_t batch_ = 0;   ///< the number of the newest call
  struct Answered {
    std::uint64_t number = 0;
    Clock::time_point at;
  };
  std::map<std::string, Answered> answered_;  ///< by part: the newest that was answered
  std::uint64_t known_made_ = 0;              ///< RedisLink::made() of the connection that was checked
  std::vector<core::RoomKey> to_fold_;
  std::atomic<bool> has_failed_ = false;
  bool is_misplaced_ = false;             ///< perhaps the address is another server's by now
  std::optional<std::string> warned_of_;  ///< the code of the error that the last call met
  std::uint64_t newest_ms_ = 0;           ///< the latest timestamp that any record of ours had: the store's own clock
  std::uint64_t clock_ms_ = 0;            ///< the newest of RoomWrite::clock_ms
  core::RoomKey swept_to_;                ///< rooms up to this one were swept in this round
  std::uint64_t next_round_ms_ = 0;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool is_stopping_ = false;
};

}  // namespace dialogue::store
