// The followers of one store: what each knows, and which are to be woken. A writer or a poller says how far logs have come with
// set(); one thread at a time calls deliver(), which wakes followers without a lock. Bounded: kFollowsMax follows, and one
// waiting wake-up, the newest, for each. Any thread may call.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "server/store/follow.hpp"

namespace dialogue::store {

class FollowTable : public std::enable_shared_from_this<FollowTable> {
 public:
  /// Adds a follow. For a log that this store writes, call set() with the log's head afterwards, so that no write in between is
  /// missed.
  [[nodiscard]] FollowResult add(FollowStart start, FollowWakeUp wake_up);

  /// Sets the head of a log, or without `room` of the kept state. Followers that know it already are not woken.
  void set(const std::optional<core::RoomKey>& room, const LogHead& head);
  /// Sets the head of everything that is followed.
  void set_all(const LogHead& head);

  /// Something that is followed, and the epoch that one of its followers knows; 0: none.
  struct Target {
    std::optional<core::RoomKey> room;
    std::uint64_t epoch = 0;
  };
  /// Returns at most `count` targets, in order, behind `after`; without it, from the first.
  [[nodiscard]] std::vector<Target> targets(const std::optional<Target>& after, std::size_t count) const;
  /// Returns how many follows were ever added. A changed number means that targets() has new ones.
  [[nodiscard]] std::uint64_t added() const;
  [[nodiscard]] bool is_empty() const;

  /// Notifies the followers, one after another. A nested call does nothing: the outer one continues.
  void deliver();
  /// Waits until a follower is to be woken; returns false if stop() was called.
  [[nodiscard]] bool wait();
  /// Stops all wake-ups; waits for a call in progress, unless this is its thread.
  void stop();

 private:
  class Handle;
  /// Absent: the kept state, which comes first.
  using Key = std::tuple<bool, std::string, std::string>;
  struct Follow {
    Key key;
    FollowWakeUp wake_up;
    LogHead known;                                 ///< the last wake-up
    std::uint64_t known_epoch = 0, known_seq = 0;  ///< the last position; damage has none
    std::optional<LogHead> waiting = std::nullopt;
  };
  using FollowPtr = std::shared_ptr<Follow>;

  [[nodiscard]] static Key key_of(const std::optional<core::RoomKey>& room);
  [[nodiscard]] static bool is_news(const Follow& follow, const LogHead& head);
  void mark(const FollowPtr& follow, const LogHead& head);
  void remove(const FollowPtr& follow);
  /// Waits for a call in progress. Takes the held lock, and releases it while it waits.
  void wait_for_call(std::unique_lock<std::mutex>& lock, const Follow* follow);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Key, std::set<FollowPtr>> follows_;
  std::deque<FollowPtr> waiting_;  ///< each once
  std::size_t count_ = 0;
  std::uint64_t added_ = 0;
  const Follow* called_ = nullptr;  ///< whose call is under way
  std::thread::id calling_thread_;
  bool is_stopped_ = false;
};

}  // namespace dialogue::store
