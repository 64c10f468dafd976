// Followers of the logs of a database, which another process or this one writes. A thread with a read-only connection looks
// every kFollowIntervalMs whether anything was committed (PRAGMA data_version), and only then how far the followed logs have
// come. It rests for at least nine times as long as its last look took: many follows cost a tenth of a core at most. The thread
// begins with the first follow. Any thread may call.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "server/store/follow_table.hpp"
#include "server/store/sqlite/sqlite_view.hpp"

namespace dialogue::store {

inline constexpr std::uint64_t kFollowIntervalMs = 50;

class SqliteFollows {
 public:
  /// `vfs`: SQLite's name of a file system; empty: the usual one. `warn` is called on the thread when looking begins to fail; may
  /// be empty.
  SqliteFollows(const std::string& path, const std::string& vfs, std::function<void(const std::string&)> warn);
  SqliteFollows(const SqliteFollows&) = delete;
  SqliteFollows& operator=(const SqliteFollows&) = delete;
  ~SqliteFollows() { stop(); }

  [[nodiscard]] FollowResult follow(FollowStart start, FollowWakeUp wake_up);
  /// Stops all wake-ups.
  void stop();

 private:
  void run();
  void look();
  [[nodiscard]] static LogHead head_of(SqliteView::Opened& now, const FollowTable::Target& target);
  void fail(const std::string& why);

  const std::function<void(const std::string&)> warn_;
  const std::shared_ptr<FollowTable> table_ = std::make_shared<FollowTable>();
  SqliteView view_;  ///< of the thread, as are the next three
  std::pair<std::uint64_t, std::int64_t> looked_at_{};
  std::uint64_t added_ = 0;  ///< follows that the last look knew
  bool is_failing_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false, is_new_ = false;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace dialogue::store
