// How long a connection waits for a lock of another one. After a wait in vain it does not wait again for as long: calls that find
// the database locked one after the other do not add up their waits. Used by the connection's thread.
#pragma once
#include <chrono>

struct sqlite3;
struct sqlite3_vfs;

namespace dialogue::store {

class LockWait {
 public:
  /// To be called once, with an open connection, which this outlives.
  void begin(sqlite3* handle);
  /// The maximum in milliseconds.
  void set_max(int max_ms) { max_ms_ = max_ms; }

 private:
  /// SQLite's question whether to try again, after `count` tries since the lock was met first.
  static int on_busy(void* self, int count);
  [[nodiscard]] bool should_try_again(int count);

  sqlite3_vfs* vfs_ = nullptr;  ///< whose clock is waited by
  int max_ms_ = 0, waited_ms_ = 0;
  std::chrono::steady_clock::time_point again_at_{};
};

}  // namespace dialogue::store
