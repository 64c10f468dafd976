// Ensures that a store's files contain nothing of an erased user: empties the write-ahead log, searches the files, and has the
// database rewritten if its pages still have old bytes. On a separate thread; one at a time. The destructor interrupts a
// running scrub and answers it.
#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "server/store/erasure/file_scanner.hpp"
#include "server/store/sqlite/sqlite_log.hpp"

namespace dialogue::store {

class SqliteScrub {
 public:
  /// A function that queues work for the writer; it returns false, and does nothing, if the queue is full.
  using OnWriter = std::function<bool(std::function<void(SqliteLog&)>)>;

  SqliteScrub(std::string path, std::string vfs, OnWriter on_writer)
      : path_(std::move(path)), vfs_(std::move(vfs)), on_writer_(std::move(on_writer)) {}
  SqliteScrub(const SqliteScrub&) = delete;
  SqliteScrub& operator=(const SqliteScrub&) = delete;
  ~SqliteScrub() { stop(); }

  /// Starts a scrub; answers `busy` while another one is under way.
  void start(ScrubQuery query, std::function<void(ScrubReport)> done);
  /// Whether long reads should yield, so that the log can be emptied.
  [[nodiscard]] bool is_emptying() const { return is_emptying_; }
  void stop();

 private:
  [[nodiscard]] ScrubReport scrub(const ScrubQuery& query);
  /// `ask(log)` on the writer's thread, tried until it is true. False: it was not in time.
  [[nodiscard]] bool on_writer(const std::function<bool(SqliteLog&)>& ask);
  [[nodiscard]] bool empty_wal();
  void search(FileScanner& traces, ScrubReport& report);
  /// Looks at what others have published, for the user's id and for the pieces that were found.
  void look_at_others(FileScanner& traces, ScrubReport& report);

  const std::string path_, vfs_;
  const OnWriter on_writer_;
  std::atomic<bool> is_under_way_{false}, is_emptying_{false}, is_stopping_{false};
  std::mutex mutex_;  ///< of thread_
  std::thread thread_;
};

}  // namespace dialogue::store
