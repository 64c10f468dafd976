// Places in rooms whose connection was lost. Each counts as taken until its session resumes or a time has passed, and its user
// counts as present for a moment longer. Used by its owner shard only. See docs/decisions/091-resuming-sessions.md.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/core/messages/shard_message.hpp"
#include "server/core/room/room_registry.hpp"
#include "server/core/util/delay_queue.hpp"

namespace dialogue::core {

inline constexpr std::size_t kSlotsPerRoomMax = 1024;  ///< of lost connections; beyond it a loss counts as a leave
inline constexpr std::uint64_t kPresenceGraceMs = 5'000;

class ResumeSlots {
 public:
  ResumeSlots(RoomRegistry& rooms, std::uint64_t kept_ms)
      : rooms_(rooms), absences_(std::min(kPresenceGraceMs, kept_ms)), releases_(kept_ms) {}

  /// Keeps the place of a lost connection. Returns true if the user is no longer present, which is a change to report.
  [[nodiscard]] bool keep(Room& room, const Leave& leave, std::uint64_t now_ms);
  /// Whether a place of the join's line is kept in the room.
  [[nodiscard]] static bool has_place(const Room& room, const Join& join);
  /// Frees and returns all places of the join's line: the join takes one, and the caller ends the presences. A line belongs to
  /// one client, so the other places are of sessions that it never learned of, or of the user that it had before. Their losses
  /// are known: the join came through the shard of the session that it resumes.
  [[nodiscard]] static std::vector<Room::Slot> take_over(Room& room, const Join& join);
  /// Ends the places of a user's lost connections. Returns true if the user is no longer present, which is a change to report.
  [[nodiscard]] bool forget_user(Room& room, const std::string& user_id, std::uint64_t now_ms);
  /// Ends presences and places that were kept long enough. Calls `changed(room)` for each room in which a user is no longer
  /// present, and `freed(room)` for each room that has one place less. Returns the next deadline.
  template <typename Changed, typename Freed>
  [[nodiscard]] std::uint64_t tick(std::uint64_t now_ms, const Changed& changed, const Freed& freed) {
    while (const auto due = absences_.pop_due(now_ms))
      if (Room* room = rooms_.find(due->first); room != nullptr && end_presence(*room, due->second)) changed(*room);
    while (const auto due = releases_.pop_due(now_ms))
      if (Room* room = release(due->first, due->second, now_ms)) freed(*room);
    return std::min(absences_.next_deadline(), releases_.next_deadline());
  }

 private:
  using Key = std::pair<std::uint64_t, std::string>;  ///< room, session's secret

  [[nodiscard]] static bool end_presence(Room& room, const std::string& session);
  /// Releases the slot of a session in the room. Returns the room; null if the session has no slot there.
  Room* release(std::uint64_t number, const std::string& session, std::uint64_t now_ms);

  RoomRegistry& rooms_;
  DelayQueue<Key> absences_, releases_;
};

}  // namespace dialogue::core
