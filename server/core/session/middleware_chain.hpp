// The chain of middleware that a publication passes on its connection's shard, after the rules and before its room. A step may
// answer at once or later; publications of one connection go on to a room in the order in which they came.
// Used by its shard only.
#pragma once
#include <cstdint>

#include "server/core/connection/pending_hooks.hpp"
#include "server/core/messages/hooks.hpp"
#include "server/core/session/shard_context.hpp"

namespace dialogue::core {

class MiddlewareChain {
 public:
  explicit MiddlewareChain(const ShardContext& context) : context_(context) {}

  /// Takes a publication that its sender may send and that fits its schema.
  void pass(Connection& connection, const LocalRoom& room, Publish&& message) const;
  /// The same for one that is refused for good, and takes its turn.
  void pass_refused(Connection& connection, Publish&& message) const;
  /// What the application says to one of them; any other ticket is ignored.
  void answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) const;

 private:
  /// Runs the chain until its end or a question; false when a question was asked.
  [[nodiscard]] bool advance(const Connection& connection, const LocalRoom& room, PendingPublish& draft) const;
  [[nodiscard]] HookVerdict judge(const Middleware& step, const Draft& draft) const;
  /// False when the draft is refused.
  [[nodiscard]] bool apply(const Connection& connection, PendingPublish& draft, HookVerdict&& verdict) const;
  static void hold(Connection& connection, PendingPublish&& draft);
  /// Sends on, or holds while an earlier one for its room is asked about.
  void finish(Connection& connection, PendingPublish&& draft) const;
  void send_on(const Connection& connection, PendingPublish&& draft) const;
  /// Sends on what has waited for its turn.
  void release(Connection& connection, std::uint64_t room) const;

  const ShardContext& context_;
};

}  // namespace dialogue::core
