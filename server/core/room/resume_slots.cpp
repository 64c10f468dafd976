// See seats.hpp.
#include "server/core/room/resume_slots.hpp"

#include <algorithm>
#include <vector>

namespace dialogue::core {

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

const std::string* ResumeSlots::find(const Room& room, const Join& join) {
  if (!join.resumption) return nullptr;
  for (const std::string* secret : {&join.resumption->instead_of, &join.resumption->lost})
    if (room.seats.contains(*secret)) return secret;
  return nullptr;
}

ResumeSlots::Kept ResumeSlots::take_over(Room& room, const Join& join) {
  const std::string* const secret = find(room, join);
  if (secret == nullptr) return Kept::nothing;
  const Room::Seat& seat = room.seats.at(*secret);
  if (seat.identity->user_id != join.identity->user_id) return Kept::nothing;
  const bool was_present = seat.is_present;
  static_cast<void>(room.forget_seat(*secret));
  room.free_seat();
  return was_present ? Kept::place_and_presence : Kept::place;
}

bool ResumeSlots::forget_user(Room& room, const std::string& user_id, std::uint64_t now_ms) {
  std::vector<std::string> sessions;
  for (const auto& [session, seat] : room.seats)
    if (seat.identity->user_id == user_id) sessions.push_back(session);
  std::sort(sessions.begin(), sessions.end());  // a replay does the same
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
