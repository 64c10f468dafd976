// The logs of all rooms in one SQLite database, as synchronous calls: writes are durable when append() returns ok (WAL,
// synchronous=FULL). SqliteStore is the asynchronous store on top of it. Used by one thread.
//
//   SqliteLog log("dialogue.db", {});                 // throws StoreError
//   const auto statuses = log.append({write, other}); // one transaction, one sync
//   while (log.tidy()) continue;                      // what can wait, in bounded steps
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/store/file_place.hpp"
#include "server/store/room_part.hpp"
#include "server/store/sqlite/files/sqlite_file_watch.hpp"
#include "server/store/sqlite/sqlite_open.hpp"
#include "server/store/sqlite/tables/sqlite_authors.hpp"
#include "server/store/sqlite/tables/sqlite_kept.hpp"
#include "server/store/sqlite/tables/sqlite_producers.hpp"
#include "server/store/sqlite/tables/sqlite_reader.hpp"
#include "server/store/sqlite/tables/sqlite_writer.hpp"

namespace dialogue::store {

struct SqliteOptions {
  std::string vfs;                    ///< SQLite's name of a file system; empty: the usual one
  std::optional<std::uint64_t> seed;  ///< instead of chance: for runs that can be repeated
  /// Receives warnings for an operator, on the thread that found them; may be empty.
  std::function<void(const std::string&)> warn;
  std::size_t news_bytes_max = 65'536;                 ///< of a room's producers, before they are folded into their rows
  std::function<void(const std::string&)> note = {};   ///< as `warn`, for information
  std::function<BootClock()> clock = read_boot_clock;  ///< asked while it opens
};

inline constexpr std::size_t kTrimRowsPerCommit = 1024;

class SqliteLog {
 public:
  /// Opens or creates the database; throws StoreError.
  SqliteLog(const std::string& path, SqliteOptions options);
  SqliteLog(const SqliteLog&) = delete;
  SqliteLog& operator=(const SqliteLog&) = delete;
  ~SqliteLog();

  /// As in store.hpp.
  [[nodiscard]] core::RoomOpened open(const core::RoomKey& key);
  [[nodiscard]] std::vector<core::StoreStatus> append(const std::vector<core::RoomWrite>& writes);
  [[nodiscard]] core::LogPage read(const core::ReadRange& range);
  [[nodiscard]] core::LogTrimmed trim(const core::TrimLog& trim) { return trim_all({trim}).front(); }
  /// Trims several logs and returns an answer for each, in few transactions: one ends when it has changed kTrimRowsPerCommit
  /// rows. Damage in one log does not affect the others.
  [[nodiscard]] std::vector<core::LogTrimmed> trim_all(const std::vector<core::TrimLog>& trims);
  [[nodiscard]] core::StoreStatus erase(const core::RoomKey& key);
  [[nodiscard]] core::StoreStatus put_kept(const KeptWrite& write);
  [[nodiscard]] KeptList list_kept(const KeptQuery& query);

  [[nodiscard]] core::StoreStatus put_room(const RoomPart& part);

  /// A step of erasing a user, as in store.hpp.
  [[nodiscard]] UserErased erase_user(const UserQuery& query);
  [[nodiscard]] UserErased erase_records(const RecordErasure& what);
  /// Moves the whole WAL into the database and empties its file. Returns false if a reader uses it, or rows of erased rooms are
  /// left, some of which this call has removed: call it again.
  [[nodiscard]] bool empty_wal();
  /// Rewrites the whole database, so that no page contains old bytes. Its duration grows with the size of the database.
  [[nodiscard]] core::StoreStatus rewrite();

  /// Moves the WAL into the database if it has grown; otherwise the call is cheap.
  void checkpoint_when_due();
  /// Does one bounded step of deferrable work: a checkpoint, rows of erased rooms, old records of unopened rooms, and unopened
  /// rooms that were empty for 30 days. Returns true if it is to be called again when idle.
  [[nodiscard]] bool tidy();

  [[nodiscard]] const StoreFacts& facts() const { return opened_.facts; }
  [[nodiscard]] bool has_failed() const { return has_failed_; }
  /// Returns the length of the WAL in pages of 4 KiB. Safe from any thread.
  [[nodiscard]] int wal_pages() const { return wal_pages_; }

 private:
  enum class Outcome : std::uint8_t { commit, roll_back };

  /// Does the work in one transaction. If its outcome is to roll back, it must have changed nothing.
  [[nodiscard]] core::StoreStatus transact(const std::function<Outcome()>& work);
  void roll_back(const StoreRow& before);
  void forget_rows();
  [[nodiscard]] core::StoreStatus status_after(const SqliteError& fault);
  /// Whether the database and its log are where they were opened; if not, the store gives up.
  [[nodiscard]] bool is_in_place();
  void give_up(const std::string& why);
  /// Appends all writes in one transaction.
  [[nodiscard]] std::vector<core::StoreStatus> append_whole(const std::vector<core::RoomWrite>& writes);
  using WriteOne = core::StoreStatus (SqliteLog::*)(const core::RoomWrite&, std::size_t& drops_left);
  [[nodiscard]] Outcome write_all(const std::vector<core::RoomWrite>& writes, WriteOne write_one,
                                  std::vector<core::StoreStatus>& statuses);
  /// Executes a write in a savepoint. Returns `damaged` if its room is damaged: nothing was written then.
  [[nodiscard]] core::StoreStatus write_alone(const core::RoomWrite& write, std::size_t& drops_left);
  [[nodiscard]] core::StoreStatus write(const core::RoomWrite& write, std::size_t& drops_left);
  [[nodiscard]] Outcome trim_room(const core::TrimLog& trim, core::LogTrimmed& trimmed);
  /// The remaining records that a step may examine and remove.
  struct ErasureBudget {
    std::uint64_t looks = kRecordsPerStepMax;
    std::size_t drops = kUserRecordsPerStepMax;
  };
  [[nodiscard]] Outcome erase_step(const UserQuery& query, UserErased& erased);
  /// Erases a user's records in a room. Returns false if the room may have more of them, behind `at`.
  [[nodiscard]] bool erase_in_room(UserCursor& at, RoomRow room, const UserQuery& query, ErasureBudget& left, UserErased& erased);
  void drop_records(RoomRow& room, const std::vector<std::uint64_t>& sequences, ErasedRoom& found, UserErased& erased);
  /// Saves the room, with a notice of its sequences that were erased.
  void end_erasing(const RoomRow& room, std::uint64_t checksum_before, ErasedRoom&& found, UserErased& erased);
  void erase_own_room(const core::RoomKey& key, const RoomRow& room, UserErased& erased);
  void keep_sample(const RoomRow& room, std::uint64_t seq, UserErased& erased);
  void save_room(const core::RoomKey& key, const RoomRow& room, std::uint64_t checksum_before);
  [[nodiscard]] bool sweep_rooms();
  /// Does the deferred work of a room: removes at most about `rows_left` rows, and subtracts their number.
  [[nodiscard]] bool look_after(const core::RoomKey& key, RoomRow room, std::size_t& rows_left);
  void warn(const std::string& text);
  void warn_once(bool& was_told, const std::string& text);

  SqliteOptions options_;
  SqliteOpened opened_;
  SqliteReader reader_;
  SqliteWriter writer_;
  SqliteProducers producers_;
  SqliteKept kept_;
  SqliteAuthors authors_;
  std::vector<FilePlace> places_;         ///< of the database and its log
  std::optional<SqliteFileWatch> watch_;  ///< nothing: another file system than the usual one
  SqliteStatement begin_, commit_, roll_back_, savepoint_, roll_back_to_, release_, next_rooms_;
  StoreRow store_;
  std::atomic<int> wal_pages_{0};
  bool has_failed_ = false, has_garbage_ = false;
  bool told_head_ = false, told_wal_ = false;
  core::RoomKey swept_to_;  ///< rooms up to this one were swept in this round
  std::uint64_t next_round_ms_ = 0;
  std::uint64_t clock_ms_ = 0;  ///< the newest of RoomWrite::clock_ms since it was opened
};

}  // namespace dialogue::store
