// Followers of the logs of a store, which any server writes. A thread with two connections subscribes to the wake-ups that each
// write publishes, and looks each kFollowLookPause how far all followed logs have come, whatever was published: what is lost
// comes later then. It rests for at least nine times as long as that took. Any thread may call.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/store/engine/engine_link.hpp"
#include "server/store/engine/follow_looks.hpp"
#include "server/store/follow_table.hpp"
#include "server/store/redis/redis_open.hpp"

namespace dialogue::store {

class RedisReader;

class RedisFollows {
 public:
  struct Settings {
    RedisAddress address;
    std::function<void(const std::string&)> warn = {};  ///< called when looking begins to fail; may be empty
    bool listens = true;                                ///< false: for tests, as if every message were lost
  };
  explicit RedisFollows(Settings settings);
  RedisFollows(const RedisFollows&) = delete;
  RedisFollows& operator=(const RedisFollows&) = delete;
  ~RedisFollows() { stop(); }

  [[nodiscard]] FollowResult follow(FollowStart start, FollowWakeUp wake_up);
  /// This server has written the room, or the kept state. With a head, its own followers need not look.
  void wrote(const std::optional<core::RoomKey>& room, const LogHead& head);
  /// No follower is woken from here on.
  void stop();
  /// The memory of Redis, with what other programs have there, as of the last look.
  [[nodiscard]] std::uint64_t database_bytes() const { return database_bytes_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Targets = std::vector<FollowTable::Target>;
  using Link = EngineLink<RedisConnection, RedisError>;

  void run();
  void step();
  void listen();
  void take(const RedisView& message);
  void fail(const RedisError& error);
  void wake();
  void wait();

  const Settings settings_;
  const std::string kept_channel_;
  const std::shared_ptr<FollowTable> table_ = std::make_shared<FollowTable>();
  int wake_ = -1;  ///< an eventfd
  std::atomic<std::uint64_t> database_bytes_{0};
  // Used by the thread only:
  Link link_, listening_;
  std::uint64_t known_made_ = 0, known_listening_ = 0;
  bool is_failing_ = false, is_deaf_ = false;
  FollowLooks<RedisReader> looks_{*table_};
  Clock::time_point sizes_due_{};

  std::mutex mutex_;
  Targets new_;  ///< follows that were not looked at yet
  bool is_stopping_ = false;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace dialogue::store
