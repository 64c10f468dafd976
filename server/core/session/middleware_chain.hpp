// The chain of middleware that a publication passes on its connection's shard, after the rules and before its room. A step may
// be synchronous or asynchronous; publications of one connection reach a room in their order. Used by its shard only.
#pragma once
#include <cstdint>

#include "server/core/connection/pending_hooks.hpp"
#include "server/core/context/shard_context.hpp"
#include "server/core/messages/hooks.hpp"
#include "server/core/middleware/middleware_steps.hpp"

namespace dialogue::core {

class MiddlewareChain {
 public:
  explicit MiddlewareChain(const ShardContext& context) : context_(context), steps_(context.config, context.effects) {}

  /// Takes a publication that its sender may send and that fits its schema.
  void pass(Connection& connection, const LocalRoom& room, Publish&& message) const;
  /// Like it, for a publication that is refused permanently, in its turn.
  void pass_refused(Connection& connection, Publish&& message) const;
  /// The application's answer to one of them; any other ticket is ignored.
  void answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) const;

 private:
  static void hold(Connection& connection, PendingPublish&& draft);
  /// Sends on, or holds while an earlier one for its room is asked about.
  void finish(Connection& connection, PendingPublish&& draft) const;
  void send(Publish&& message) const;
  void send_on(const Connection& connection, PendingPublish&& draft) const;
  /// Judges what has waited by the membership and the rights that its publisher has now. Returns false if it is refused.
  [[nodiscard]] bool judge_again(Connection& connection, PendingPublish& draft) const;
  /// Sends on what has waited for its turn, as far as it may still be published.
  void release(Connection& connection, std::uint64_t room) const;

  const ShardContext& context_;
  const MiddlewareSteps steps_;
};

}  // namespace dialogue::core
