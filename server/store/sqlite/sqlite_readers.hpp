// The readers of a store's database: a few threads with a connection each, and one queue in which opened rooms, members that
// catch up and requests for history take turns, and among them each room or caller. Any thread may push. The destructor
// completes queued work first.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/store/fair_queue.hpp"
#include "server/store/sqlite/tables/sqlite_reader.hpp"

namespace dialogue::store {

inline constexpr std::size_t kReadersCount = 3;
inline constexpr std::size_t kReadsMax = 4096;      ///< that wait
inline constexpr std::size_t kReadsOfOneMax = 512;  ///< of them in one room, or of one asker

class SqliteReaders {
 public:
  enum class Kind : std::uint8_t { open, catch_up, history };
  using Task = std::function<void(SqliteReader&)>;

  /// `vfs`: SQLite's name of a file system; empty: the usual one. Throws StoreError.
  SqliteReaders(const std::string& path, const std::string& vfs, const StoreFacts& facts);
  SqliteReaders(const SqliteReaders&) = delete;
  SqliteReaders& operator=(const SqliteReaders&) = delete;
  ~SqliteReaders() { stop(); }

  /// Queues a task. Returns false, and does not take it, if too many wait. `queue`: the room or the requester whose turn it
  /// takes.
  [[nodiscard]] bool push(Kind kind, const std::string& queue, Task&& task);

  /// Does what is queued, then ends the threads.
  void stop();

 private:
  struct Connection {
    Connection(const std::string& path, const std::string& vfs, const StoreFacts& facts,
               const std::shared_ptr<CheckedLogs>& checked);
    std::unique_ptr<SqliteDatabase> database;
    SqliteReader reader;
  };

  void run(SqliteReader& reader);

  std::vector<std::unique_ptr<Connection>> connections_;
  std::mutex mutex_;
  std::condition_variable wake_;
  FairQueue<Task, 3> tasks_{kReadsMax, kReadsOfOneMax};
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;  ///< last: they use the others
};

}  // namespace dialogue::store
