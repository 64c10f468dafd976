// This shard's part of the answer to a question to every shard (session/shard_queries.hpp).
// Used by its shard only.
#pragma once
#include <cstdint>
#include <utility>

#include "server/core/context/shard_context.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/owner/room_owner.hpp"
#include "server/core/session/sessions.hpp"

namespace dialogue::core {

class ShardQueryResponder {
 public:
  ShardQueryResponder(const ShardContext& context, const RoomOwner& owner, Sessions& sessions)
      : context_(context), owner_(owner), sessions_(sessions) {}

  void handle(Gather<VisibleRooms>&& question);
  void handle(Gather<ConnectionsQuery>&& question);
  void handle(Gather<UsersQuery>&& question);
  void handle(Gather<KickUser>&& question);
  void handle(Gather<RevokeTokens>&& question);
  void handle(Gather<LeaveRoom>&& question);
  void handle(Gather<DirectEvent>&& question);

 private:
  template <typename Query, typename Part>
  void reply(const Gather<Query>& question, Part part) {
    context_.effects.post(question.reply_to, Collected{question.number, std::move(part)});
  }

  const ShardContext& context_;
  const RoomOwner& owner_;
  Sessions& sessions_;
};

}  // namespace dialogue::core
