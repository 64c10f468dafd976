// The credit's side of Client: how far the server may go on in a room whose events wait to be read
// (docs/decisions/112-credit-by-unread-events.md).
#include <algorithm>

#include "client-wasm/core/client.hpp"

namespace dialogue::client {

void Client::set_unread(RoomHandle handle, std::uint32_t unread) {
  rooms_[handle].unread = unread;
  pace(rooms_[handle]);
}

void Client::pace(Room& room) {
  const std::uint64_t until =
      room.unread == 0 ? kSafeIntegerMax : room.position.sequence + kCreditWindow - std::min(room.unread - 1, kCreditWindow);
  const std::uint64_t change = until > room.credit ? until - room.credit : room.credit - until;
  if (room.phase != Room::Phase::joined || change < kCreditWindow / 2) return;
  room.credit = until;
  send(FrameType::credit, 0, 3, room.number, until);
}

}  // namespace dialogue::client
