// PUBLISH, from the connection's side: everything that can be judged without the room's owner shard, the payload first of all. A
// final refusal still travels to the owner shard, where it consumes its producer number. Used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "server/core/messages/shard_message.hpp"
#include "server/core/session/middleware_chain.hpp"
#include "server/core/session/shard_context.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue {

class PublishIntake {
 public:
  explicit PublishIntake(const ShardContext& context) : context_(context), screening_(context) {}

  /// `payload` is the frame's, in the message's own bytes: it is put on one line in place.
  void publish(Connection& connection, const Frame& frame, std::span<char> payload);
  void handle(PublishResponse&& answer);
  /// What the application says to a publication that it was asked about; a ticket of anything else is ignored.
  void hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) const {
    screening_.answered(connection, ticket, std::move(verdict));
  }

 private:
  /// Counts a publication against the limits of its user; when one is used up, counts nothing and says how long to wait.
  [[nodiscard]] std::uint64_t limited_for_ms(const Connection& connection, const Membership& membership, std::size_t bytes) const;
  [[nodiscard]] std::optional<Error> refusal(const Identity& identity, const LocalRoom& room, std::uint64_t event,
                                             std::span<char> payload) const;
  void answer(Connection& connection, const PublishResponse& answer);
  /// A refusal that consumes no number. Without one it waits for the answers before it, which are told apart by their order.
  void refuse_in_turn(Connection& connection, Membership* membership, PublishResponse&& refusal);

  const ShardContext& context_;
  MiddlewareChain screening_;
};

}  // namespace dialogue
