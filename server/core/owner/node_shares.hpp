// A room's members over all nodes of a cluster: what this node has goes to the others, coalesced; what they have counts in the
// room's presence and size; and a place in a room with a bound is claimed before a member takes it. Without a cluster nothing is
// sent and every place is this node's. Used by its owner shard only.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "server/core/effects/shard_config.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/membership_messages.hpp"
#include "server/core/messages/node_messages.hpp"
#include "server/core/room/room_registry.hpp"
#include "server/core/util/delay_queue.hpp"

namespace dialogue::core {

inline constexpr std::uint64_t kShareDelayMs = 50;  ///< first change in a room to its news to the other nodes
inline constexpr std::size_t kClaimsWaitingMax =
    16'384;  ///< joins that wait for a verdict; one more is refused as if it were full

class NodeShares {
 public:
  /// `presence_changed`: the first change of a room's presence since its last report.
  NodeShares(const ShardConfig& config, ShardEffects& effects, RoomRegistry& rooms, std::function<void(Room&)> presence_changed)
      : config_(config), effects_(effects), rooms_(rooms), presence_changed_(std::move(presence_changed)), due_(kShareDelayMs) {}

  /// The members here, or their places, may have changed.
  void changed(Room& room);
  /// Claims a place for a join from the cluster. Returns true if the join waits for the verdict, or was refused by `refuse_full`;
  /// false if it needs no verdict, or has its place.
  [[nodiscard]] bool claims(Join& join, const RoomRules& rules, const std::function<void(Join&&)>& refuse_full);
  /// Returns the join that waited for this verdict; no value if it is gone.
  [[nodiscard]] std::optional<Join> take(const PlaceVerdict& verdict);
  /// The join has ended otherwise than in a place.
  void give_back(const Join& join);
  void handle(OtherMembers&& others);
  /// Sends what is due; returns the next deadline.
  [[nodiscard]] std::uint64_t tick(std::uint64_t now_ms);

 private:
  void share(Room& room);

  const ShardConfig& config_;
  ShardEffects& effects_;
  RoomRegistry& rooms_;
  const std::function<void(Room&)> presence_changed_;
  DelayQueue<std::uint64_t> due_;
  std::uint64_t last_ticket_ = 0;
  std::map<std::uint64_t, Join> waiting_;  ///< by ticket
};

}  // namespace dialogue::core
