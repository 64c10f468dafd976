// This shard's part of the questions that gathering.hpp asks of every shard.
// Used by its shard only.
#pragma once
#include <cstdint>
#include <utility>

#include "server/core/messages/shard_message.hpp"
#include "server/core/owner/room_owner.hpp"
#include "server/core/session/sessions.hpp"
#include "server/core/session/shard_context.hpp"

namespace dialogue::core {

class ShardQueryResponder {
 public:
  ShardQueryResponder(const ShardContext& context, const RoomOwner& owner, Sessions& sessions)
      : context_(context), owner_(owner), sessions_(sessions) {}

  void handle(CollectRooms&& question);
  void handle(CollectConnections&& question);
  void handle(CollectUsers&& question);
  void handle(CollectKicked&& question);
  void handle(CollectRevoked&& question);
  void handle(CollectLeft&& question);
  void handle(CollectSent&& question);

 private:
  template <typename Part>
  void reply(std::uint32_t shard, std::uint64_t gather, Part part) {
    context_.effects.post(shard, Collected{gather, std::move(part)});
  }

  const ShardContext& context_;
  const RoomOwner& owner_;
  Sessions& sessions_;
};

}  // namespace dialogue::core
