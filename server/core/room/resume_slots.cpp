// See resume_slots.hpp.
#include "server/core/room/resume_slots.hpp"

#include <string_view>
#include <vector>

#include "server/core/connection/session_secret.hpp"

namespace dialogue::core {
namespace {

std::string_view line_of_lost(const Join& join) { return join.resumption ? line_of(join.resumption->lost) : std::string_view(); }

bool is_of_line(const Room& room, Room::Slots::const_iterator slot, std::string_view line) {
  return slot != room.slots.end() && std::string_view(slot->first).substr(0, line.size()) == line;
}

}  // namespace

bool ResumeSlots::keep(Room& room, const Leave& leave, std::uint64_t now_ms) {
  if (room.slots.size() >= kSlotsPerRoomMax) {
    room.free_place();
    return room.presence.leave(leave.identity->user_id);
  }
  room.keep_slot(leave.session, leave.identity);
  releases_.push({room.number(), leave.session}, now_ms);
  if (leave.is_silent) return end_presence(room, leave.session);
  absences_.push({room.number(), leave.session}, now_ms);
  return false;
}

bool ResumeSlots::has_place(const Room& room, const Join& join) {
  const std::string_view line = line_of_lost(join);
  return !line.empty() && is_of_line(room, room.slots.lower_bound(line), line);
}

std::vector<Room::Slot> ResumeSlots::take_over(Room& room, const Join& join) {
  std::vector<Room::Slot> taken;
  const std::string_view line = line_of_lost(join);
  if (line.empty()) return taken;
  for (auto slot = room.slots.lower_bound(line); is_of_line(room, slot, line); slot = room.slots.lower_bound(line)) {
    taken.push_back(slot->second);
    static_cast<void>(room.forget_slot(std::string(slot->first)));
    room.free_place();
  }
  return taken;
}

bool ResumeSlots::forget_user(Room& room, const std::string& user_id, std::uint64_t now_ms) {
  std::vector<std::string> sessions;
  for (const auto& [session, slot] : room.slots)
    if (slot.identity->user_id == user_id) sessions.push_back(session);
  bool has_changed = false;
  for (const std::string& session : sessions) {
    has_changed = end_presence(room, session) || has_changed;
    release(room.number(), session, now_ms);
  }
  return has_changed;
}

bool ResumeSlots::end_presence(Room& room, const std::string& session) {
  const auto slot = room.slots.find(session);
  if (slot == room.slots.end() || !std::exchange(slot->second.is_present, false)) return false;
  return room.presence.leave(slot->second.identity->user_id);
}

Room* ResumeSlots::release(std::uint64_t number, const std::string& session, std::uint64_t now_ms) {
  Room* room = rooms_.find(number);
  if (room == nullptr || !room->forget_slot(session)) return nullptr;
  room->free_place();
  rooms_.note_use(*room, now_ms);
  return room;
}

}  // namespace dialogue::core
