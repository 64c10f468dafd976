// A pattern is a prefix and a suffix: an id that begins with the longest prefix and ends with the longest suffix of some patterns
// is matched by all of them.
#include "server/definitions/compatibility/served_rooms.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "shared/base/names.hpp"

namespace dialogue::definitions {
namespace {

/// What a parameter is in an example; more than one, because the first may happen to lead into another pattern.
constexpr std::array<std::string_view, 12> kFillings = {"1", "x", "7", "q", "Z", "_", "42", "zq", "X_7", "q-9", "77x", "zzzz"};

bool begins(std::string_view text, std::string_view prefix) { return text.starts_with(prefix); }

/// An id between the two ends that no room matches but those that match all such ids.
std::string id_between(std::string_view prefix, std::string_view suffix, const std::vector<const RoomDefinition*>& rooms) {
  std::string id;
  for (const std::string_view filling : kFillings) {
    std::string next = std::string(prefix) + std::string(filling) + std::string(suffix);
    if (!is_name(next)) continue;
    id = std::move(next);
    const bool is_plain = std::all_of(rooms.begin(), rooms.end(), [&](const RoomDefinition* room) {
      const RoomEnds ends = room_ends(room->id);
      return !matches_room_pattern(room->id, id) ||
             (ends.is_pattern && begins(prefix, ends.prefix) && suffix.ends_with(ends.suffix));
    });
    if (is_plain) break;
  }
  return id;
}

/// Whether the two match ids together, `head` with the longer prefix and `tail` with the longer suffix.
bool cross(const RoomEnds& head, const RoomEnds& tail) {
  return head.is_pattern && tail.is_pattern && head.prefix.size() > tail.prefix.size() &&
         tail.suffix.size() > head.suffix.size() && begins(head.prefix, tail.prefix) && tail.suffix.ends_with(head.suffix);
}

template <class Visit>
void for_each_crossing(const std::vector<const RoomDefinition*>& rooms, Visit visit) {
  std::vector<const RoomDefinition*> with_suffix;
  for (const RoomDefinition* room : rooms)
    if (!room_ends(room->id).suffix.empty()) with_suffix.push_back(room);
  for (const RoomDefinition* head : rooms)
    for (const RoomDefinition* tail : with_suffix)
      if (cross(room_ends(head->id), room_ends(tail->id)) && !visit(head, tail)) return;
}

}  // namespace

RoomEnds room_ends(std::string_view id) {
  const std::size_t open = id.find('{'), close = id.find('}');
  if (open == std::string_view::npos || close == std::string_view::npos) return {id, {}, false};
  return {id.substr(0, open), id.substr(close + 1), true};
}

const RoomDefinition* room_of(const std::vector<RoomDefinition>& rooms, std::string_view id) {
  const RoomDefinition* best = nullptr;
  for (const RoomDefinition& room : rooms) {
    if (!matches_room_pattern(room.id, id)) continue;
    if (room.id == id) return &room;
    const auto rank = [](const RoomDefinition& each) {
      return std::pair(literal_prefix_length(each.id), literal_length(each.id));
    };
    if (best == nullptr || rank(room) > rank(*best)) best = &room;
  }
  return best;
}

std::vector<std::string> telling_ids(const std::vector<const RoomDefinition*>& rooms) {
  std::set<std::string> ids;
  for (const RoomDefinition* room : rooms) {
    const RoomEnds ends = room_ends(room->id);
    ids.insert(ends.is_pattern ? id_between(ends.prefix, ends.suffix, rooms) : room->id);
  }
  for_each_crossing(rooms, [&](const RoomDefinition* head, const RoomDefinition* tail) {
    ids.insert(id_between(room_ends(head->id).prefix, room_ends(tail->id).suffix, rooms));
    return true;
  });
  ids.erase("");  // ends that leave no room for a parameter
  return {ids.begin(), ids.end()};
}

std::vector<Crossing> crossings(const std::vector<RoomDefinition>& rooms) {
  std::vector<const RoomDefinition*> all;
  for (const RoomDefinition& room : rooms) all.push_back(&room);
  std::vector<Crossing> out;
  for_each_crossing(all, [&](const RoomDefinition* head, const RoomDefinition* tail) {
    const std::string id = id_between(room_ends(head->id).prefix, room_ends(tail->id).suffix, all);
    const RoomDefinition* serves = id.empty() ? nullptr : room_of(rooms, id);
    if (serves == head || serves == tail) out.push_back({head, tail, id, serves});  // a third one settles it otherwise
    return out.size() < kCrossingsShown;
  });
  return out;
}

}  // namespace dialogue::definitions
