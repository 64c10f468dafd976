// See seats.hpp.
#include "server/core/room/resume_slots.hpp"

#include <string_view>
#include <vector>

#include "server/core/connection/session_secret.hpp"

namespace dialogue::core {
namespace {

std::string_view line_of_lost(const Join& join) { return join.resumption ? line_of(join.resumption->lost) : std::string_view(); }

bool is_of_line(const Room& room, Room::Seats::const_iterator seat, std::string_view line) {
  return seat != room.seats.end() && std::string_view(seat->first).substr(0, line.size()) == line;
}

}  // namespace

bool ResumeSlots::keep(Room& room, const Leave& leave, std::uint64_t now_ms) {
  if (room.seats.size() >= kSeatsPerRoomMax) {
    room.free_seat();
    return room.presence.leave(leave.identity->user_id);
  }
  room.keep_seat(leave.session, leave.identity);
  releases_.push({room.number(), leave.session}, now_ms);
  if (leave.is_silent) return end_presence(room, leave.session);
  absences_.push({room.number(), leave.session}, now_ms);
  return false;
}

bool ResumeSlots::has_place(const Room& room, const Join& join) {
  const std::string_view line = line_of_lost(join);
  return !line.empty() && is_of_line(room, room.seats.lower_bound(line), line);
}

std::vector<Room::Seat> ResumeSlots::take_over(Room& room, const Join& join) {
  std::vector<Room::Seat> taken;
  const std::string_view line = line_of_lost(join);
  if (line.empty()) return taken;
  for (auto seat = room.seats.lower_bound(line); is_of_line(room, seat, line); seat = room.seats.lower_bound(line)) {
    taken.push_back(seat->second);
    static_cast<void>(room.forget_seat(std::string(seat->first)));
    room.free_seat();
  }
  return taken;
}

bool ResumeSlots::forget_user(Room& room, const std::string& user_id, std::uint64_t now_ms) {
  std::vector<std::string> sessions;
  for (const auto& [session, seat] : room.seats)
    if (seat.identity->user_id == user_id) sessions.push_back(session);
  bool has_changed = false;
  for (const std::string& session : sessions) {
    has_changed = end_presence(room, session) || has_changed;
    release(room.number(), session, now_ms);
  }
  return has_changed;
}

bool ResumeSlots::end_presence(Room& room, const std::string& session) {
  const auto seat = room.seats.find(session);
  if (seat == room.seats.end() || !std::exchange(seat->second.is_present, false)) return false;
  return room.presence.leave(seat->second.identity->user_id);
}

Room* ResumeSlots::release(std::uint64_t number, const std::string& session, std::uint64_t now_ms) {
  Room* room = rooms_.find(number);
  if (room == nullptr || !room->forget_seat(session)) return nullptr;
  room->free_seat();
  rooms_.note_use(*room, now_ms);
  return room;
}

}  // namespace dialogue::core
