// The store of a process that reads and follows beside the writing one: a database has one server, and others may read it.
// Writes are answered `stale`, because another process writes. Reads see earlier commits, one at a time; beyond 4,096 queued
// ones they are answered `busy`. Any thread may call.
//
//   SqliteFollower store("dialogue.db", {});  // throws StoreError unless the database is of this version
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "server/store/sqlite/sqlite_follows.hpp"
#include "server/store/store.hpp"
#include "server/store/work_queue.hpp"

namespace dialogue::store {

struct SqliteFollowerOptions {
  std::string vfs{};                                  ///< SQLite's name of a file system; empty: the usual one
  std::function<void(const std::string&)> warn = {};  ///< receives warnings for an operator, on any thread
};

class SqliteFollower final : public Store {
 public:
  SqliteFollower(const std::string& path, const SqliteFollowerOptions& options);
  /// Answers all pending calls.
  ~SqliteFollower() override;

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

 private:
  using Task = std::function<void(SqliteView&)>;

  template <typename Answer, typename Read>
  void ask(Done<Answer> done, const Read& read);

  SqliteView view_;  ///< of the thread of reads_
  SqliteFollows follows_;
  WorkQueue<Task> reads_;
};

}  // namespace dialogue::store
