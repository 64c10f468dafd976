// How many connections each user has, counted on one shard for each user: the one that his name leads to, as a room's home. And
// how many were lost a short while ago, whose places in rooms may be kept: where those are many, what is lost next keeps none.
// Used by its shard only. docs/decisions/226-limits-by-user.md
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "server/core/delay_queue.hpp"
#include "server/core/mail.hpp"
#include "server/core/outbox.hpp"
#include "server/core/shard_config.hpp"

namespace dialogue {

/// Sessions of one user that are lost and may come back. A connection that begins when there are as many keeps no places.
inline constexpr std::size_t kLostSessionsPerUserMax = 32;

class UserSessions {
 public:
  UserSessions(const ShardLimits& limits, Outbox& outbox) : limits_(limits), outbox_(outbox), lost_(limits.seat_kept_ms) {}

  void handle(EnterUser&& enter);
  void handle(const UserLeft& left);
  /// Forgets who was lost for long enough; returns the next deadline.
  [[nodiscard]] std::uint64_t tick();
  /// Users that are remembered.
  [[nodiscard]] std::size_t size() const { return users_.size(); }

 private:
  struct Counts {
    std::uint32_t here = 0, lost = 0;
  };
  using Users = std::map<std::string, Counts>;

  void forget_if_gone(Users::iterator user);

  const ShardLimits& limits_;
  Outbox& outbox_;
  Users users_;
  DelayQueue<Users::iterator> lost_;  ///< the user of each session that was lost, who is remembered while there is one
};

}  // namespace dialogue
