// The store on one SQLite database: a thread that writes everything queued in one transaction (group commit), a few threads that
// read through connections of their own, and one that looks the database over. Any thread may call; answers come on those
// threads. When 4,096 requests wait, more are answered `busy`. Only the writing connection writes and checkpoints
// (docs/decisions/100-one-sqlite-writer.md, 251-database-readers.md).
//
//   SqliteStore store("dialogue.db", {});  // throws StoreError
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "server/store/sqlite/sqlite_check.hpp"
#include "server/store/sqlite/sqlite_follows.hpp"
#include "server/store/sqlite/sqlite_log.hpp"
#include "server/store/sqlite/sqlite_readers.hpp"
#include "server/store/sqlite/sqlite_scrub.hpp"
#include "server/store/store.hpp"
#include "server/store/work_queue.hpp"

namespace dialogue::store {

class SqliteStore final : public Store {
 public:
  SqliteStore(const std::string& path, SqliteOptions options);
  /// Answers all pending calls, then closes the database.
  ~SqliteStore() override;

  void open(core::RoomKey key, Done<core::RoomOpened> done) override;
  void append(std::vector<core::RoomWrite> writes, Done<std::vector<core::StoreStatus>> done) override;
  void read(core::ReadRange range, Done<core::LogPage> done) override;
  void trim(core::TrimLog trim, Done<core::LogTrimmed> done) override;
  void erase(core::RoomKey key, Done<core::StoreStatus> done) override;
  void put_kept(KeptWrite write, Done<core::StoreStatus> done) override;
  void list_kept(KeptQuery query, Done<KeptList> done) override;
  [[nodiscard]] FollowResult follow(FollowStart start, FollowWakeUp wake_up) override;
  void find_user(UserQuery query, Done<UserPage> done) override;
  void erase_user(UserQuery query, Done<UserErased> done) override;
  void erase_records(RecordErasure what, Done<UserErased> done) override;
  void scrub(ScrubQuery query, Done<ScrubReport> done) override;
  void list_rooms(core::RoomKey after, Done<RoomsPage> done) override;
  void put_room(RoomPart part, Done<core::StoreStatus> done) override;
  [[nodiscard]] std::string damage() const override { return check_.damage(); }
  /// Returns the sizes of the database's file and of its write-ahead log.
  [[nodiscard]] StoreSizes sizes() const override;

 private:
  struct Append {
    std::vector<core::RoomWrite> writes;
    Done<std::vector<core::StoreStatus>> done;
  };
  /// Anything else that the log is asked, trims aside.
  struct Call {
    core::RoomKey room;  ///< which room it is about; empty for none
    std::function<void(SqliteLog&)> run;
  };
  struct Trim {
    core::TrimLog trim;
    Done<core::LogTrimmed> done;
  };
  using Asked = std::variant<Call, Trim>;
  using WriterTask = std::variant<Append, Call, Trim>;

  void work(std::vector<WriterTask> tasks);
  void commit(std::vector<Append>& appends);
  void run(std::vector<Asked>& asked);
  void trim_all(std::vector<Trim>& trims);

  const std::string path_;
  SqliteLog log_;
  SqliteReaders readers_;
  SqliteFollows follows_;
  std::uint64_t appended_ = 0;  ///< records, since a step of an erasure; the writer's
  WorkQueue<WriterTask> writes_;
  SqliteScrub scrub_;
  SqliteCheck check_;
};

}  // namespace dialogue::store
