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
  /// A follow of a log of ours begins with set(): call it with the log's head, so that nothing between is missed.
  [[nodiscard]] FollowResult add(FollowStart start, FollowWakeUp wake_up);

  /// How far this log has come; nothing: the kept state. Followers that know it already are not woken.
  void set(const std::optional<core::RoomKey>& room, const LogHead& head);
  /// The same for all that is followed.
  void set_all(const LogHead& head);

  /// Something that is followed, and the epoch that one of its followers knows; 0: none.
  struct Target {
    std::optional<core::RoomKey> room;
    std::uint64_t epoch = 0;
  };
  /// At most `count` of what is followed, in order, behind `after`; from the first without it.
  [[nodiscard]] std::vector<Target> targets(const std::optional<Target>& after, std::size_t count) const;
  /// How many follows there have been: another number says that targets() has new ones.
  [[nodiscard]] std::uint64_t added() const;
  [[nodiscard]] bool is_empty() const;

  /// Notifies the followers, one after another. A nested call does nothing: the outer one continues.
  void deliver();
  /// Waits until there is a follower to wake; false: stop() was called.
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
  /// With the lock, which it gives up meanwhile.
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
