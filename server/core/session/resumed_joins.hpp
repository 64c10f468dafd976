// JOINs of connections that resume a session of this shard, on their way to the owner shards of their rooms: none of them
// overtakes what that session may still get there. Used by its shard only. docs/decisions/091-resuming-sessions.md
#pragma once
#include <cstdint>
#include <string>

#include "server/core/connection/session_successors.hpp"
#include "server/core/context/shard_context.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/owner/room_owner.hpp"

namespace dialogue::core {

class ResumedJoins {
 public:
  ResumedJoins(const ShardContext& context, const RoomOwner& owner)
      : context_(context), owner_(owner), successors_(context.config.limits.slot_ttl_ms) {}

  /// Takes a JOIN that must wait here, or must pass another shard first. Returns false if it is for the room's owner shard now,
  /// or resumes no session of this one.
  [[nodiscard]] bool takes(Join& join) { return keep_behind_lost(join) || (!join.comes_after_loss && pass_to_successor(join)); }
  /// The session that a connection of this shard resumes is over.
  void handle(const SessionReplaced& replaced);
  /// Carries on what has nothing more to wait for. Called whenever a request may have ended.
  void release();
  /// Does that, too; returns the next deadline.
  [[nodiscard]] std::uint64_t tick();

 private:
  /// Keeps a JOIN as long as a place may still be granted to the session that it resumes, which was lost.
  [[nodiscard]] bool keep_behind_lost(Join& join);
  /// If another session resumed that one before, without its client learning of it, that session has the places: passes the JOIN
  /// on through its shard, which first handles the session's loss. Returns whether it did.
  [[nodiscard]] bool pass_to_successor(Join& join);
  [[nodiscard]] bool may_be_full(const std::string& room_id) const;

  const ShardContext& context_;
  const RoomOwner& owner_;
  SessionSuccessors successors_;
};

}  // namespace dialogue::core
