// The rooms' side of Client: joining, rejoining, leaving, and the order of what arrives.
#include <algorithm>
#include <utility>

#include "client-wasm/core/client.hpp"
#include "client-wasm/core/error_traits.hpp"

namespace dialogue::client {

RoomHandle Client::add_room() {
  rooms_.emplace_back();
  return static_cast<RoomHandle>(rooms_.size() - 1);
}

Ticket Client::join(RoomHandle handle, JoinFrom from, Position position, std::uint64_t now) {
  Room& room = rooms_[handle];
  if (room.leave_ticket != 0) return refuse(ErrorCode::not_left_yet);
  if (room.wanted) return refuse(ErrorCode::already_joined);
  if (state_ == State::closed) return refuse(static_cast<ErrorCode>(final_));
  room.wanted = true;
  room.from = from;
  room.asked = position;
  const Ticket ticket = room.join_ticket = ++last_ticket_;
  start(now);
  if (can_send() && room.phase == Room::Phase::away) send_join(room);
  return ticket;
}

Ticket Client::leave(RoomHandle handle) {
  Room& room = rooms_[handle];
  if (!room.wanted) return refuse(ErrorCode::not_joined);
  room.wanted = false;
  const Ticket ticket = room.leave_ticket = ++last_ticket_;
  if (room.phase == Room::Phase::away)
    end_membership(room, 0);
  else if (room.phase == Room::Phase::joined)
    send_leave(room);
  return ticket;
}

void Client::send_join(Room& room) {
  const bool again = room.is_positioned;
  const JoinFrom from = again ? JoinFrom::since : room.from;
  const Position position = again ? room.position : room.asked;
  room.phase = Room::Phase::joining;
  room.rejoin_at = 0;
  room.request = ++last_ticket_;
  push_frame(FrameType::join, handle_of(room),
             {room.request, static_cast<std::uint64_t>(from), position.epoch, position.sequence});
}

void Client::send_leave(Room& room) {
  room.phase = Room::Phase::leaving;
  push_frame(FrameType::leave, handle_of(room), {room.leave_ticket, room.number});
}

Room* Client::room_by_number(std::uint64_t number) {
  for (Room& room : rooms_)
    if (room.number == number && number != 0) return &room;
  return nullptr;
}

Room* Client::room_of_joined(const Incoming& frame) {
  const std::uint64_t request = frame.integers[0];
  if (request != 0) {
    for (Room& room : rooms_)
      if (room.phase == Room::Phase::joining && room.request == request) return &room;
    return nullptr;
  }
  const auto memberships = std::count_if(rooms_.begin(), rooms_.end(), [](const Room& room) { return room.number != 0; });
  if (frame.named_room >= rooms_.size() || memberships >= static_cast<std::ptrdiff_t>(kRoomsPerConnectionMax)) return nullptr;
  Room& room = rooms_[frame.named_room];
  return room.phase == Room::Phase::away || room.phase == Room::Phase::joining ? &room : nullptr;
}

void Client::joined(const Incoming& frame, std::uint64_t now) {
  Room* const room = room_of_joined(frame);
  if (room == nullptr || frame.integers[1] == 0) return misbehaved(ErrorCode::frame_malformed, now);
  const bool was_put_there = frame.integers[0] == 0 && room->phase == Room::Phase::away && room->leave_ticket == 0;
  if (was_put_there) room->wanted = true;
  room->phase = Room::Phase::joined;
  room->number = frame.integers[1];
  const bool is_new_log = room->position.epoch != frame.integers[2];
  push(ActionKind::joined, handle_of(*room));
  take_position(*room, frame);
  if (is_new_log)
    for (const Ticket ticket : room->outbox.producer_lost()) settle(ticket, ErrorCode::outcome_unknown);
  if (room->join_ticket != 0) answer(std::exchange(room->join_ticket, 0), 0);
  if (!room->wanted) return send_leave(*room);
  send_requests(handle_of(*room));
  flush(*room, now);
}

void Client::take_position(Room& room, const Incoming& frame) {
  const auto [request, number, epoch, base, head, recovered, unused_a, unused_b] = frame.integers;
  static_cast<void>(number), static_cast<void>(unused_a), static_cast<void>(unused_b);
  const std::uint64_t before_base = base == 0 ? 0 : base - 1;
  const JoinFrom from = room.is_positioned ? JoinFrom::since : request == 0 ? JoinFrom::tail : room.from;
  const Position asked = room.is_positioned ? room.position : room.asked;
  Position start{epoch, head};
  if (from == JoinFrom::last) start.sequence = std::max(before_base, head - std::min(head, asked.sequence));
  if (from == JoinFrom::since && request != 0) start.sequence = recovered != 0 ? std::min(asked.sequence, head) : before_base;
  room.position = start;
  room.is_positioned = true;
  if (from != JoinFrom::since) return;
  if (asked.epoch == epoch && asked.sequence < start.sequence)
    push(ActionKind::gap, handle_of(room), {asked.sequence + 1, start.sequence});
  else if (asked.epoch != epoch || asked.sequence > start.sequence)
    push(ActionKind::gap, handle_of(room), {0, 0});
}

void Client::join_refused(Room& room, std::uint64_t code, std::uint64_t now) {
  room.phase = Room::Phase::away;
  if (room.join_ticket != 0 || !room.wanted || !is_retryable(code)) {
    const Ticket ticket = std::exchange(room.join_ticket, 0);
    if (ticket != 0) answer(ticket, code);
    return end_membership(room, code);
  }
  room.rejoin_at = now + kRejoinDelayMinMs + random_.up_to(kRejoinDelayMaxMs - kRejoinDelayMinMs);
  retry_at_ = std::min(retry_at_, room.rejoin_at);
}

void Client::left(const Incoming& frame) {
  Room* const room = room_by_number(frame.integers[1]);
  if (room != nullptr) end_membership(*room, frame.integers[2]);
}

void Client::end_membership(Room& room, std::uint64_t code) {
  const bool was_member = room.is_positioned;
  const std::uint64_t reason = code == 0 ? static_cast<std::uint64_t>(ErrorCode::not_joined) : code;
  room.phase = Room::Phase::away;
  room.wanted = room.is_positioned = false;
  room.number = room.request = 0;
  for (const Publication& publication : room.outbox.clear())
    settle(publication.ticket,
           publication.maybe_taken && !was_closed_ ? static_cast<std::uint64_t>(ErrorCode::outcome_unknown) : reason);
  settle_requests(handle_of(room), reason);
  if (was_member) push(ActionKind::left, handle_of(room), {code});
  if (room.join_ticket != 0) settle(std::exchange(room.join_ticket, 0), reason);
  if (room.leave_ticket != 0) settle(std::exchange(room.leave_ticket, 0), ErrorCode::ok);
}

void Client::room_lost(Room& room) {
  const bool was_leaving = room.phase != Room::Phase::away && !room.wanted;
  room.phase = Room::Phase::away;
  room.number = room.request = 0;
  for (const Ticket ticket : room.outbox.connection_lost()) settle(ticket, ErrorCode::connection_lost);
  if (was_leaving) end_membership(room, 0);
}

void Client::retry_rooms(std::uint64_t now) {
  if (now < retry_at_ || connection_.phase() != Connection::Phase::online) return;
  retry_at_ = kNever;
  for (Room& room : rooms_) {
    if (!room.wanted) continue;
    if (room.phase == Room::Phase::away && now >= room.rejoin_at) send_join(room);
    flush(room, now);
    if (room.phase == Room::Phase::away) retry_at_ = std::min(retry_at_, room.rejoin_at);
    if (now < room.resend_at) retry_at_ = std::min(retry_at_, room.resend_at);
  }
}

void Client::event(const Incoming& frame) {
  Room* const room = room_by_number(frame.integers[0]);
  const std::uint64_t sequence = frame.integers[2];
  if (room == nullptr || !room->wanted) return;
  if (sequence == 0 || advance(*room, sequence, sequence)) push(ActionKind::deliver, handle_of(*room));
}

void Client::skip(const Incoming& frame) {
  Room* const room = room_by_number(frame.integers[0]);
  if (room != nullptr && frame.integers[1] <= frame.integers[2])
    static_cast<void>(advance(*room, frame.integers[1], frame.integers[2]));
}

bool Client::advance(Room& room, std::uint64_t first, std::uint64_t last) {
  const std::uint64_t expected = room.position.sequence + 1;
  if (last < expected) return false;
  room.position.sequence = last;
  if (first > expected) push(ActionKind::gap, handle_of(room), {expected, first - 1});
  return true;
}

void Client::presence(const Incoming& frame) {
  Room* const room = room_by_number(frame.integers[0]);
  if (room != nullptr) push(ActionKind::presence, handle_of(*room));
}

}  // namespace dialogue::client
