// What a room's owner shard exchanges with those of other nodes, where several nodes share the store (ShardConfig::shares_store).
// Between them is server/cluster. Values.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "server/core/messages/room_events.hpp"

namespace dialogue::core {

/// A publication that is in no log. To the other nodes, and from one of them.
struct VolatileEvent {
  std::string room_id, event, from, payload;
  std::uint64_t timestamp_ms = 0;
};

/// A change of this node's part of a room. `places_change`: without places that were claimed.
struct MembersChange {
  std::string room_id;
  std::int64_t places_change = 0;
  std::vector<PresentUser> joined;  ///< or changed
  std::vector<std::string> left;    ///< user ids
};

/// A place in a room with a bound is asked for. PlaceVerdict answers.
struct PlaceClaim {
  std::string room_id;
  std::uint64_t ticket = 0, places_max = 0;
};

/// Places that were claimed are free again.
struct PlaceRelease {
  std::string room_id;
  std::uint64_t count = 0;
};

/// News of a shard for the other nodes.
using NodeNews = std::variant<VolatileEvent, MembersChange, PlaceClaim, PlaceRelease>;

/// What the other nodes have in a room: `members` as it is, users as they have changed.
struct OtherMembers {
  std::string room_id;
  std::uint64_t members = 0;
  std::vector<PresentUser> joined;
  std::vector<std::string> left;
};

/// Another node has made a room at run time; its definition as server/core/room/dynamic_room.hpp writes it.
struct RoomMade {
  std::string room_id, definition;
};
/// Another node has deleted a room that was made at run time.
struct RoomRemoved {
  std::string room_id;
};

struct PlaceVerdict {
  std::string room_id;
  std::uint64_t ticket = 0;
  bool is_granted = false;
};

}  // namespace dialogue::core
