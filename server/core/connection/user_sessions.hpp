// Counts each user's connections on one shard, which is derived from the user's name like a room's owner shard. It also counts
// recently lost connections, whose places in rooms may be kept: if there are many, further ones keep none. It also holds each
// user's consumption of limits for the next connection. Used by its shard only. docs/decisions/226-limits-per-user.md
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "server/core/connection/allowance.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/util/delay_queue.hpp"

namespace dialogue::core {

/// Lost sessions of one user that may be resumed. A connection that begins when there are as many keeps no places.
inline constexpr std::size_t kLostSessionsPerUserMax = 32;

/// Lost sessions of all users of a shard. Above this number, new connections keep no places: memory is more important than the
/// places of clients that reconnect by the hundred a second.
inline constexpr std::size_t kLostSessionsMax = 65'536;

/// The maximum of users whose use of limits is remembered after their connections have ended. Beyond it, the user whose allowance
/// would be whole again first is forgotten.
inline constexpr std::size_t kAllowancesMax = 4096;

class UserSessions {
 public:
  UserSessions(const ShardConfig& config, ShardEffects& effects)
      : config_(config), effects_(effects), lost_(config.limits.slot_ttl_ms) {}

  void handle(EnterUser&& enter);
  void handle(const UserLeft& left);
  /// Forgets the sessions that were lost long enough ago; returns the next deadline.
  [[nodiscard]] std::uint64_t tick();
  /// Users that are remembered.
  [[nodiscard]] std::size_t size() const { return users_.size(); }
  /// Lost sessions that may be resumed.
  [[nodiscard]] std::size_t lost() const { return lost_.size(); }
  /// Users of whom the use of limits is remembered.
  [[nodiscard]] std::size_t allowances() const { return resting_.size(); }

 private:
  struct Used {
    Allowance allowance;
    std::uint64_t whole_at_ms = 0;  ///< when it can be forgotten
  };
  struct Counts {
    std::uint32_t here = 0, lost = 0;
    std::unique_ptr<Used> used;  ///< by connections that have left; null: all is whole
  };
  using Users = std::map<std::string, Counts>;

  void forget_if_gone(Users::iterator user);
  /// Remembers what the user has used. If too many users are remembered, one of them, perhaps this one, is forgotten.
  void remember(Users::iterator user, const Allowance& used);
  void forget_allowance(Users::iterator user);

  const ShardConfig& config_;
  ShardEffects& effects_;
  Users users_;
  DelayQueue<Users::iterator> lost_;  ///< the user of each session that was lost, who is remembered while there is one
  std::set<std::pair<std::uint64_t, std::string_view>> resting_;  ///< users with `used`, by `whole_at_ms`
};

}  // namespace dialogue::core
