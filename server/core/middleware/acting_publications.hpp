// Publications that the application makes for a user: the limits of the user and the chain of middleware apply, without a
// connection. What is through, or refused in its turn, goes back to the room's owner, which is this shard.
// docs/decisions/345-acting-for-a-user.md. Used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "server/core/connection/allowance.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/middleware/middleware_steps.hpp"

namespace dialogue::core {

/// The maximum of a shard's publications that wait for the application, and of their payloads in bytes. A further one is
/// rate_limited.
inline constexpr std::size_t kActingWaitingMax = 1024, kActingWaitingBytesMax = 4 * 1024 * 1024;
/// The maximum of users whose use of limits is remembered. Beyond it, the user whose allowance would be whole again first is
/// forgotten.
inline constexpr std::size_t kActingUsersMax = 4096;

class ActingPublications {
 public:
  ActingPublications(const ShardConfig& config, ShardEffects& effects)
      : config_(config), effects_(effects), steps_(config, effects) {}

  /// `publish` has an identity, which may publish it, and fits its schema.
  void pass(ServerPublish&& publish, const RulesPtr& rules);
  /// The application's answer to one of them; any other ticket is ignored.
  void answered(std::uint64_t ticket, HookVerdict&& verdict);

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::size_t users() const { return allowances_.size(); }

 private:
  struct Waiting {
    std::uint64_t ticket = 0;  ///< 0: it is through, and waits for those before it
    std::size_t step = 0;
    ServerPublish publish;
    RulesPtr rules;
  };

  [[nodiscard]] Passage passage_of(Waiting& waiting) const;
  /// Counts a publication and returns 0 if the user's limits allow it; otherwise returns after how many ms they will.
  [[nodiscard]] std::uint64_t limited_for_ms(const ServerPublish& publish, const RoomRules& rules);
  [[nodiscard]] bool has_earlier(const ServerPublish& publish) const;
  /// Sends on the publications of this user in this room whose turn it is.
  void release(const std::string& room_id, const std::string& user_id);
  static void refuse(ServerPublish& publish, Error fault);
  /// Sends a publication back to the room's owner, as the server's own.
  void send_on(ServerPublish&& publish) const;

  const ShardConfig& config_;
  ShardEffects& effects_;
  const MiddlewareSteps steps_;
  std::deque<Waiting> waiting_;  ///< in the order in which they came
  std::size_t waiting_bytes_ = 0;
  std::map<std::string, Allowance, std::less<>> allowances_;  ///< by user
};

}  // namespace dialogue::core
