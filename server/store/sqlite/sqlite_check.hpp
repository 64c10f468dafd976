// Verifies a whole database with SQLite's quick_check while a server works with it, on a separate thread and connection. A
// check keeps the write-ahead log from being emptied, so it is interrupted when the log has grown, and restarted later. The
// destructor interrupts a running check.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace dialogue::store {

struct SqliteCheckOptions {
  std::string vfs;                                     ///< SQLite's name of a file system; empty: the usual one
  std::function<bool()> should_give_way;               ///< asked now and then, on its thread: whether to break off
  std::function<void(const std::string&)> warn, note;  ///< receive the verdict on its thread; may be empty
  std::chrono::milliseconds pause{300'000};            ///< before another try, when one was broken off or could not begin
};

class SqliteCheck {
 public:
  SqliteCheck(std::string path, SqliteCheckOptions options);
  SqliteCheck(const SqliteCheck&) = delete;
  SqliteCheck& operator=(const SqliteCheck&) = delete;
  ~SqliteCheck() { stop(); }

  /// Returns what is damaged, as one sentence; empty: no damage is known. Safe from any thread.
  [[nodiscard]] std::string damage() const;

  void stop();

 private:
  enum class Look : std::uint8_t { done, broken_off };

  void run();
  /// Throws SqliteError when the database cannot be read: damaged, or for the moment.
  [[nodiscard]] Look look_once();
  void conclude(const std::string& fault);
  static int should_break_off(void* self);

  std::string path_;
  SqliteCheckOptions options_;
  std::atomic<bool> is_stopping_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::string damage_;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace dialogue::store
