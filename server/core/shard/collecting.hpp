// This shard's part of the questions that gathering.hpp asks of every shard.
// Used by its shard only.
#pragma once
#include <cstdint>
#include <utility>

#include "server/core/owner/home.hpp"
#include "server/core/messages/mail.hpp"
#include "server/core/session/sessions.hpp"
#include "server/core/session/shard_context.hpp"

namespace dialogue {

class Collecting {
 public:
  Collecting(const ShardContext& context, const Home& home, Sessions& sessions)
      : context_(context), home_(home), sessions_(sessions) {}

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
    context_.outbox.post(shard, Collected{gather, std::move(part)});
  }

  const ShardContext& context_;
  const Home& home_;
  Sessions& sessions_;
};

}  // namespace dialogue
