// Followers of the logs of a store, which any server writes, and the notifications by which servers wake each other's. A thread
// with a connection of its own listens, sends what this server has written (at most one transaction each kNotifyPause, after the
// commit and apart from it), and looks each kFollowLookPause how far all followed logs have come, whatever was notified. It rests
// for at least nine times as long as that took. With a bus, that carries the notifications instead of the database. Any thread
// may call.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/store/engine/follow_looks.hpp"
#include "server/store/follow_table.hpp"
#include "server/store/nats/nats_bus.hpp"
#include "server/store/postgres/connection/postgres_link.hpp"
#include "server/store/store.hpp"

namespace dialogue::store {

inline constexpr std::chrono::milliseconds kNotifyPause{5};

class PostgresReader;

class PostgresFollows {
 public:
  struct Settings {
    PostgresLink::Connect connect;
    std::function<void(const std::string&)> warn = {};  ///< called when looking begins to fail; may be empty
    bool notifies = true;                               ///< false: for tests, as if every notification were lost
    std::optional<NatsAddress> bus{};
    std::function<void(const std::string&)> note = {};  ///< as `warn`, where all is well
  };
  explicit PostgresFollows(Settings settings);
  PostgresFollows(const PostgresFollows&) = delete;
  PostgresFollows& operator=(const PostgresFollows&) = delete;
  ~PostgresFollows() { stop(); }

  [[nodiscard]] FollowResult follow(FollowStart start, FollowWakeUp wake_up);
  /// This server has written the room, or the kept state. With a head, its own followers need not look.
  void wrote(const std::optional<core::RoomKey>& room, const LogHead& head);
  /// No follower is woken from here on; what was written is still notified.
  void stop();
  /// Returns the size of the tables and indexes in bytes, when it was last read.
  [[nodiscard]] std::uint64_t database_bytes() const { return database_bytes_; }
  [[nodiscard]] BusState bus() const { return bus_ ? bus_->state() : BusState{}; }

 private:
  using Clock = std::chrono::steady_clock;
  using Targets = std::vector<FollowTable::Target>;

  void run();
  void step();
  void send_written(PostgresConnection& now);
  void look_at_notified(PostgresConnection& now, const std::vector<std::string>& names);
  /// Listens to the bus, or to the database.
  void listen(PostgresConnection& now);
  /// From the bus, on its thread.
  void heard(const std::vector<std::string>& payloads);
  void fail(const PostgresError& error);
  void wake();
  [[nodiscard]] std::chrono::milliseconds pause(bool has_written) const;
  void wait(std::chrono::milliseconds at_most);

  const Settings settings_;
  const std::shared_ptr<FollowTable> table_ = std::make_shared<FollowTable>();
  int wake_ = -1;  ///< an eventfd
  std::atomic<std::uint64_t> database_bytes_{0};
  // Used by the thread only:
  PostgresLink link_;
  std::uint64_t known_made_ = 0;
  bool is_failing_ = false;
  FollowLooks<PostgresReader> looks_{*table_};
  Clock::time_point notify_due_{}, sizes_due_{};

  std::mutex mutex_;
  std::set<std::string> written_;  ///< names of what is to be notified; at most kWrittenMax, then `*` alone
  std::set<std::string> heard_;    ///< names from the bus, bounded in the same way
  Targets new_;                    ///< follows that were not looked at yet
  bool is_stopping_ = false;
  std::unique_ptr<NatsBus> bus_;  ///< null: the database notifies
  std::thread thread_;            ///< last: it uses the others
};

}  // namespace dialogue::store
