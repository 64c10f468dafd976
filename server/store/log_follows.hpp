// The logs that a shard follows at the store which it shares with other servers: FollowLog and UnfollowLog. What the store
// announces comes to the shard as LogMoved. Used by its loop's thread; announcements come on the store's.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/store/store.hpp"

namespace dialogue::store {

class LogFollows {
 public:
  /// `store` outlives it; null: nothing is followed. `announce` is called on threads of the store.
  LogFollows(Store* store, std::function<void(core::LogMoved)> announce) : store_(store), announce_(std::move(announce)) {}

  void begin(core::FollowLog&& follow) {
    if (store_ != nullptr && !try_to_follow(follow)) refused_.push_back(std::move(follow));
  }
  void end(std::uint64_t room) {
    handles_.erase(room);
    std::erase_if(refused_, [room](const core::FollowLog& follow) { return follow.room == room; });
  }
  /// Tries again what the store refused because it had too many. About once a second.
  void retry() {
    std::erase_if(refused_, [this](const core::FollowLog& follow) { return try_to_follow(follow); });
  }

 private:
  [[nodiscard]] bool try_to_follow(const core::FollowLog& follow) {
    const auto moved = [announce = announce_, room = follow.room](const LogHead& head) {
      if (head.status == core::StoreStatus::ok) announce({room, head.epoch, head.seq});
    };
    FollowResult result = store_->follow({*follow.key, follow.epoch, follow.seq}, moved);
    if (result.status == FollowStatus::busy) return false;
    handles_[follow.room] = std::move(result.handle);
    return true;
  }

  Store* const store_;
  const std::function<void(core::LogMoved)> announce_;
  std::unordered_map<std::uint64_t, std::unique_ptr<FollowHandle>> handles_;  ///< by room
  std::vector<core::FollowLog> refused_;
};

}  // namespace dialogue::store
