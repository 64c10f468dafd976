// See cluster_state.hpp.
#include "server/cluster/cluster_state.hpp"

#include <algorithm>
#include <utility>

namespace dialogue::cluster {
namespace {

/// A list of changes has one place for each room that one entry touches.
RoomChange& change_in(StateChange& change, const std::string& room) {
  if (change.rooms.empty() || change.rooms.back().room != room) change.rooms.push_back({room});
  return change.rooms.back();
}

}  // namespace

StateChange ClusterState::apply(const std::string& from, const Entry& entry, std::uint64_t now_ms) {
  StateChange change;
  if (std::holds_alternative<Bye>(entry)) {
    remove(from, change);
    return change;
  }
  hear(from, now_ms);
  if (const auto* const hello = std::get_if<Hello>(&entry)) {
    remove_parts(from, change);
    make_known(hello->facts, change);
  } else if (const auto* const here = std::get_if<Here>(&entry)) {
    make_known(here->facts, change);
    for (const std::string& node : here->nodes)
      if (!nodes_.contains(node)) hear(node, now_ms);
  } else if (const auto* const gone = std::get_if<Gone>(&entry)) {
    remove(gone->node, change);
  } else if (knows(from)) {
    apply_known(from, entry, change);
  } else if (const auto* const claim = std::get_if<Claim>(&entry)) {
    change.verdict = claim->taken < claim->places_max;
  }
  return change;
}

void ClusterState::apply_known(const std::string& from, const Entry& entry, StateChange& change) {
  if (const auto* const share = std::get_if<Share>(&entry)) {
    replace(from, *share, change);
  } else if (const auto* const delta = std::get_if<Change>(&entry)) {
    change_part(from, *delta, change);
  } else if (const auto* const claim = std::get_if<Claim>(&entry)) {
    change.verdict = claim->taken < claim->places_max;
    if (*change.verdict) add_seats(from, claim->room, 1, change);
  } else if (const auto* const release = std::get_if<Release>(&entry)) {
    add_seats(from, release->room, -static_cast<std::int64_t>(release->count), change);
  }
}

StateChange ClusterState::forget(std::uint64_t now_ms) {
  StateChange change;
  for (const auto& [id, node] : nodes_) remove_parts(id, change);
  for (auto& [id, node] : nodes_) {
    change.has_nodes_changed = change.has_nodes_changed || node.is_known;
    node = {{.facts = {}, .last_seen_ms = now_ms}};
  }
  nodes_.erase(self_);
  return change;
}

void ClusterState::hear(const std::string& node, std::uint64_t now_ms) {
  const auto found = nodes_.find(node);
  if (found != nodes_.end())
    found->second.status.last_seen_ms = now_ms;
  else if (nodes_.size() < 2 * kNodesMax)
    nodes_[node].status.last_seen_ms = now_ms;
}

bool ClusterState::make_known(const NodeFacts& facts, StateChange& change) {
  const auto found = nodes_.find(facts.id);
  if (found == nodes_.end()) return false;
  Node& node = found->second;
  const auto known = std::count_if(nodes_.begin(), nodes_.end(), [](const auto& each) { return each.second.is_known; });
  if (!node.is_known && static_cast<std::size_t>(known) >= kNodesMax) return false;
  change.has_nodes_changed = change.has_nodes_changed || !node.is_known || node.status.facts != facts;
  node.is_known = true;
  node.status.facts = facts;
  return true;
}

void ClusterState::remove(const std::string& node, StateChange& change) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  remove_parts(node, change);
  change.has_nodes_changed = change.has_nodes_changed || found->second.is_known;
  nodes_.erase(found);
}

void ClusterState::remove_parts(const std::string& node, StateChange& change) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  found->second.status.seats = 0;
  for (const std::string& room : std::exchange(found->second.rooms, {})) {
    const auto parts = rooms_.find(room);
    const RoomPart part = std::move(parts->second.extract(node).mapped());
    if (parts->second.empty()) rooms_.erase(parts);
    if (node == self_) continue;
    RoomChange& news = change_in(change, room);
    news.other_seats = other_seats(room);
    for (const auto& [id, user] : part.users)
      if (!have_others(room, id, node)) news.left.push_back(id);
  }
}

RoomPart& ClusterState::part_for(const std::string& node, const std::string& room) {
  nodes_.at(node).rooms.insert(room);
  return rooms_[room][node];
}

void ClusterState::tidy(const std::string& node, const std::string& room) {
  const auto parts = rooms_.find(room);
  const auto part = parts->second.find(node);
  if (!part->second.is_empty()) return;
  parts->second.erase(part);
  nodes_.at(node).rooms.erase(room);
  if (parts->second.empty()) rooms_.erase(parts);
}

void ClusterState::replace(const std::string& node, const Share& share, StateChange& change) {
  RoomPart& part = part_for(node, share.room);
  nodes_.at(node).status.seats += share.seats - part.seats;
  const bool has_changed = std::exchange(part.seats, share.seats) != share.seats;
  const auto first = part.users.upper_bound(share.after);
  const auto end = share.up_to.empty() ? part.users.end() : part.users.upper_bound(share.up_to);
  std::map<std::string, core::PresentUser> before(first, end);
  part.users.erase(first, end);
  RoomChange news{share.room};
  for (const core::PresentUser& user : share.users) {
    part.users.insert_or_assign(user.user_id, user);
    if (before.erase(user.user_id) == 0 && !have_others(share.room, user.user_id, node)) news.joined.push_back(user);
  }
  for (const auto& [id, user] : before)
    if (!part.users.contains(id) && !have_others(share.room, id, node)) news.left.push_back(id);
  tidy(node, share.room);
  news.other_seats = other_seats(share.room);
  if (node != self_ && (has_changed || !news.joined.empty() || !news.left.empty())) change.rooms.push_back(std::move(news));
}

void ClusterState::change_part(const std::string& node, const Change& entry, StateChange& change) {
  RoomPart& part = part_for(node, entry.room);
  RoomChange news{entry.room};
  for (const std::string& id : entry.left)
    if (part.users.erase(id) > 0 && !have_others(entry.room, id, node)) news.left.push_back(id);
  for (const core::PresentUser& user : entry.joined)
    if (part.users.insert_or_assign(user.user_id, user).second && !have_others(entry.room, user.user_id, node))
      news.joined.push_back(user);
  if (node != self_ && (!news.joined.empty() || !news.left.empty())) change.rooms.push_back(std::move(news));
  add_seats(node, entry.room, entry.seats_change, change);
  if (!change.rooms.empty()) change.rooms.back().other_seats = other_seats(entry.room);
}

void ClusterState::add_seats(const std::string& node, const std::string& room, std::int64_t count, StateChange& change) {
  RoomPart& part = part_for(node, room);
  const std::uint64_t before = part.seats;
  if (count >= 0)
    part.seats += static_cast<std::uint64_t>(count);
  else
    part.seats -= std::min(part.seats, 0 - static_cast<std::uint64_t>(count));
  const bool has_changed = part.seats != before;
  nodes_.at(node).status.seats += part.seats - before;
  tidy(node, room);
  if (has_changed && node != self_) change_in(change, room).other_seats = other_seats(room);
}

bool ClusterState::have_others(const std::string& room, const std::string& user, const std::string& except) const {
  const auto parts = rooms_.find(room);
  if (parts == rooms_.end()) return false;
  return std::any_of(parts->second.begin(), parts->second.end(), [&](const auto& each) {
    return each.first != self_ && each.first != except && each.second.users.contains(user);
  });
}

bool ClusterState::knows(const std::string& node) const {
  const auto found = nodes_.find(node);
  return found != nodes_.end() && found->second.is_known;
}

std::vector<NodeStatus> ClusterState::nodes() const {
  std::vector<NodeStatus> known;
  for (const auto& [id, node] : nodes_) {
    if (!node.is_known) continue;
    known.push_back(node.status);
    known.back().rooms = node.rooms.size();
  }
  return known;
}

std::map<std::string, std::uint64_t> ClusterState::heard() const {
  std::map<std::string, std::uint64_t> heard;
  for (const auto& [id, node] : nodes_) heard.emplace(id, node.status.last_seen_ms);
  return heard;
}

std::uint64_t ClusterState::other_seats(const std::string& room) const {
  const RoomPart* const own = part(self_, room);
  return seats(room) - (own == nullptr ? 0 : own->seats);
}

std::uint64_t ClusterState::seats(const std::string& room) const {
  std::uint64_t seats = 0;
  if (const auto parts = rooms_.find(room); parts != rooms_.end())
    for (const auto& [node, part] : parts->second) seats += part.seats;
  return seats;
}

const RoomPart* ClusterState::part(const std::string& node, const std::string& room) const {
  const auto parts = rooms_.find(room);
  if (parts == rooms_.end()) return nullptr;
  const auto part = parts->second.find(node);
  return part == parts->second.end() ? nullptr : &part->second;
}

std::string ClusterState::text() const {
  std::string text;
  for (const auto& [id, node] : nodes_)
    if (node.is_known) text.append(id).append(" ").append(std::to_string(node.status.facts.shards)).append("\n");
  for (const auto& [room, parts] : rooms_)
    for (const auto& [node, part] : parts) {
      text.append(room).append(" ").append(node).append(" ").append(std::to_string(part.seats));
      for (const auto& [id, user] : part.users) text.append(" ").append(id).append("=").append(user.name).append(user.meta);
      text.append("\n");
    }
  return text;
}

}  // namespace dialogue::cluster
