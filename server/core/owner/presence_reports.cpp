// See presence_reports.hpp.
#include "server/core/owner/presence_reports.hpp"

#include <algorithm>

namespace dialogue::core {
namespace {

/// The rest waits for the next tick: a turn's decisions are in memory together, and block all other inputs meanwhile.
constexpr std::size_t kPresenceRoomsPerTickMax = 32;

}  // namespace

DelayQueue<std::uint64_t>& PresenceReports::queue_of(const Room& room) {
  if (!room.presence.listed()) return occupancy_due_;
  const bool is_burst = room.presence_sent_ms != 0 && effects_.now().monotonic_ms < room.presence_sent_ms + kPresenceBurstDelayMs;
  return is_burst ? burst_due_ : due_;
}

void PresenceReports::changed(Room& room) {
  if (!room.rules()->definition.sends_presence) return room.presence.pass_over_change();
  queue_of(room).push(room.number(), effects_.now().monotonic_ms);
}

void PresenceReports::report(Room& room) {
  const std::uint64_t clock = room.presence.clock();
  if (room.presence.user_count() > 1) room.presence_sent_ms = effects_.now().monotonic_ms;  // not reported to the user alone
  const PresenceChange change{room.number(), clock, room.presence.user_count(), room.presence.take_change()};
  post_to_members(effects_, room, [&] { return change; });
}

std::uint64_t PresenceReports::tick(std::uint64_t now_ms) {
  for (DelayQueue<std::uint64_t>* due : {&due_, &burst_due_, &occupancy_due_})
    for (std::size_t i = 0; i < kPresenceRoomsPerTickMax && due->next_deadline() <= now_ms; ++i)
      if (Room* room = rooms_.find(*due->pop())) report(*room);
  return std::min({due_.next_deadline(), burst_due_.next_deadline(), occupancy_due_.next_deadline()});
}

}  // namespace dialogue::core
