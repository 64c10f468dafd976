// A granted place is the room's until its member leaves: Room::places counts those, and what exceeds the members and the joins
// that are on their way is given back.
#include "server/core/owner/node_shares.hpp"

#include <utility>

namespace dialogue::core {

void NodeShares::changed(Room& room) {
  if (config_.shares_store && !std::exchange(room.is_share_due, true)) due_.push(room.number(), effects_.now().monotonic_ms);
}

bool NodeShares::claims(Join& join, const RoomRules& rules, const std::function<void(Join&&)>& refuse_full) {
  if (!config_.shares_store || !rules.definition.max_size || join.has_place) return false;
  if (waiting_.size() >= kClaimsWaitingMax) {
    refuse_full(std::move(join));
    return true;
  }
  const std::uint64_t ticket = ++last_ticket_ * effects_.shard_count() + effects_.shard();
  effects_.tell_nodes(PlaceClaim{join.room_id, ticket, *rules.definition.max_size});
  waiting_.emplace(ticket, std::move(join));
  return true;
}

std::optional<Join> NodeShares::take(const PlaceVerdict& verdict) {
  auto found = waiting_.extract(verdict.ticket);
  if (!found) {
    if (verdict.is_granted) effects_.tell_nodes(PlaceRelease{verdict.room_id, 1});
    return std::nullopt;
  }
  Join join = std::move(found.mapped());
  join.has_place = verdict.is_granted;
  return join;
}

void NodeShares::give_back(const Join& join) {
  if (join.has_place) effects_.tell_nodes(PlaceRelease{join.room_id, 1});
}

void NodeShares::handle(OtherMembers&& others) {
  const RulesPtr rules = rooms_.rules_of(others.room_id);
  if (!rules) return;  // of a definition that this node does not have
  Room& room = rooms_.open(others.room_id, effects_.now().monotonic_ms);
  room.other_members = others.members;
  if (room.presence.change_others(std::move(others.joined), others.left)) presence_changed_(room);
  rooms_.note_use(room, effects_.now().monotonic_ms);
}

void NodeShares::share(Room& room) {
  room.is_share_due = false;
  MembersChange change{room.id(), 0, {}, {}};
  room.presence.take_own_change(change.joined, change.left);
  if (room.rules()->definition.max_size) {
    const std::uint64_t used = room.size();
    if (room.places > used) effects_.tell_nodes(PlaceRelease{room.id(), room.places - used});
    room.places = std::min(room.places, used);
  } else {
    change.places_change = static_cast<std::int64_t>(room.size()) - static_cast<std::int64_t>(room.places);
    room.places = room.size();
  }
  if (change.places_change != 0 || !change.joined.empty() || !change.left.empty()) effects_.tell_nodes(std::move(change));
}

std::uint64_t NodeShares::tick(std::uint64_t now_ms) {
  while (const auto number = due_.pop_due(now_ms))
    if (Room* room = rooms_.find(*number)) share(*room);
  return due_.next_deadline();
}

}  // namespace dialogue::core
