// The rooms' side of Client: joining, rejoining, leaving, and the order of what arrives.
#include <algorithm>
#include <utility>

#include "client-wasm/core/client.hpp"
#include "client-wasm/core/error_traits.hpp"
#include "shared/base/mutation.hpp"

namespace dialogue::client {

RoomHandle Client::add_room() {
  if (free_rooms_.size() != 0) {
    const RoomHandle handle = free_rooms_[free_rooms_.size() - 1];
    free_rooms_.remove(free_rooms_.size() - 1);
    return handle;
  }
  rooms_.add({});
  return static_cast<RoomHandle>(rooms_.size() - 1);
}

bool Client::forget_room(RoomHandle handle) {
  Room& room = rooms_[handle];
  const bool is_used =
      room.wanted || room.phase != Room::Phase::away || room.numbered != 0 || room.leave_ticket != 0 ||
      room.place != Room::Place::none ||
      std::any_of(outbox_.begin(), outbox_.end(), [&](const Pending& pending) { return pending.room == handle; });
  room.has_ended = room.has_ended && room.wanted;
  if (is_used) return false;
  room = {};
  free_rooms_.add(handle);
  return true;
}

void Client::set_number(Room& room, std::uint64_t number) {
  const RoomHandle handle = handle_of(room);
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (members_[i] == handle) {
      members_.remove(i);
      break;
    }
  room.number = number;
  if (number != 0) members_.add(handle);
}

Ticket Client::join(RoomHandle handle, JoinFrom from, Position position, std::uint64_t now) {
  Room& room = rooms_[handle];
  if (room.leave_ticket != 0) return refuse(ErrorCode::not_left_yet);
  if (room.wanted && !room.is_servers) return refuse(ErrorCode::already_joined);
  if (state_ == State::closed) return refuse(static_cast<ErrorCode>(final_));
  room.wanted = true;
  room.has_ended = room.is_servers = false;
  if (from != JoinFrom::tail) room.is_positioned = false;  // else it continues where it is
  room.from = from;
  room.asked = position;
  if (room.place == Room::Place::owed) room.place = Room::Place::held;  // the JOIN takes it
  const Ticket ticket = room.join_ticket = ++last_ticket_;
  start(now);
  if (can_send() && (room.phase == Room::Phase::away || room.phase == Room::Phase::joined)) send_join(room);
  return ticket;
}

Ticket Client::leave(RoomHandle handle) {
  Room& room = rooms_[handle];
  if (!room.wanted) return refuse(ErrorCode::not_joined);
  room.wanted = false;
  room.has_ended = true;
  const Ticket ticket = room.leave_ticket = ++last_ticket_;
  if (room.phase == Room::Phase::away)
    end_membership(room, 0);
  else
    leave_when_answered(room);
  return ticket;
}

void Client::send_join(Room& room) {
  const bool again = room.is_positioned;
  const Position position = again ? room.position : room.asked;
  auto from = static_cast<std::uint64_t>(again ? JoinFrom::since : room.from);
  if (room.place == Room::Place::owed)
    from = kReleasePlace;
  else
    room.phase = Room::Phase::joining;
  room.is_servers = false;
  room.rejoin_at = 0;
  room.request = ++last_ticket_;
  send(FrameType::join, handle_of(room), 5, room.request, from, position.epoch, position.sequence);
}

void Client::send_leave(Room& room) {
  room.phase = Room::Phase::leaving;
  send_leave(room.leave_ticket, room.number);
}

void Client::send_leave(Ticket ticket, std::uint64_t number) { send(FrameType::leave, 0, 3, ticket, number); }

void Client::leave_when_answered(Room& room) {
  if (room.wanted || room.phase != Room::Phase::joined) return;
  if (!settle_all(handle_of(room), number(ErrorCode::not_joined), true) || is_mutated(Mutation::leaves_at_once)) send_leave(room);
}

Room* Client::room_by_number(std::uint64_t number) {
  for (const RoomHandle handle : members_)
    if (rooms_[handle].number == number) return &rooms_[handle];
  return nullptr;
}

Room* Client::room_of_joined(const Incoming& frame) {
  const std::uint64_t request = frame.integers[0];
  if (request != 0) {
    for (Room& room : rooms_)
      if (room.phase == Room::Phase::joining && room.request == request) return &room;
    return nullptr;
  }
  if (frame.named_room >= rooms_.size() || members_.size() >= kRoomsPerConnectionMax) return nullptr;
  Room& room = rooms_[frame.named_room];
  return room.phase == Room::Phase::away || room.phase == Room::Phase::joining ? &room : nullptr;
}

void Client::joined(const Incoming& frame, std::uint64_t now) {
  Room* const room = room_of_joined(frame);
  const bool is_late = room == nullptr && frame.integers[0] != 0 && frame.integers[0] <= last_ticket_;
  if (is_late && frame.integers[1] != 0)  // the membership that it was to continue has ended
    return send_leave(++last_ticket_, frame.integers[1]);
  if (room == nullptr || frame.integers[1] == 0) return misbehaved(ErrorCode::frame_malformed, now);
  const bool is_servers = frame.integers[0] == 0;  // unrequested: its application has added the client
  if (is_servers && !is_mutated(Mutation::unasked_join_is_an_answer) && (room->wanted || room->phase == Room::Phase::joining))
    return set_number(*room, frame.integers[1]);  // our JOIN will continue it from our place
  if (is_servers) {
    room->wanted = room->is_servers = true;
    room->has_ended = false;
  }
  room->phase = Room::Phase::joined;
  room->place = Room::Place::none;
  set_number(*room, frame.integers[1]);
  act(ActionKind::joined, handle_of(*room));
  if (room->position.epoch != frame.integers[2]) restart_numbers(*room);
  take_position(*room, frame);
  room->credit = kSafeIntegerMax;  // the credit that a server assumes by default
  pace(*room);
  if (room->join_ticket != 0) act(ActionKind::answer, std::exchange(room->join_ticket, 0));
  leave_when_answered(*room);
  flush(handle_of(*room), now);
}

void Client::take_position(Room& room, const Incoming& frame) {
  const std::uint64_t epoch = frame.integers[2], base = frame.integers[3], head = frame.integers[4];
  const bool recovered = frame.integers[5] != 0;
  const std::uint64_t before_base = base == 0 ? 0 : base - 1;
  const JoinFrom from = room.is_positioned ? JoinFrom::since : room.is_servers ? JoinFrom::tail : room.from;
  const Position asked = room.is_positioned ? room.position : room.asked;
  std::uint64_t start = head;
  if (from == JoinFrom::last) start = std::max(before_base, head - std::min(head, asked.sequence));
  if (from == JoinFrom::since) start = recovered ? std::min(asked.sequence, head) : before_base;
  room.position = {epoch, start};
  room.is_positioned = true;
  if (from != JoinFrom::since || (asked.epoch == epoch && asked.sequence == start)) return;
  if (asked.epoch == epoch && asked.sequence < start)
    act(ActionKind::gap, handle_of(room), asked.sequence + 1, start);
  else
    act(ActionKind::gap, handle_of(room));
}

void Client::join_refused(Room& room, std::uint64_t code, std::uint64_t now) {
  room.phase = Room::Phase::away;
  const bool waits = is_undecided(code);  // then even a first join is only late
  if (room.join_ticket != 0 && !waits) act(ActionKind::answer, room.join_ticket, code);
  if ((!waits && std::exchange(room.join_ticket, 0) != 0) || !room.wanted || !is_retryable(code))
    return end_membership(room, waits ? 0 : code);  // it waits no more: it was left meanwhile
  room.rejoin_at = now + kRejoinDelayMinMs + random_.up_to(kRejoinDelayMaxMs - kRejoinDelayMinMs);
  if (waits && room.rejoin_at >= wait_until_ + 1) wait(room.rejoin_at, code);
}

void Client::end_membership(Room& room, std::uint64_t code) {
  if (room.phase == Room::Phase::away && room.number != 0 && can_send())  // a member still, by the server's application
    send_leave(++last_ticket_, room.number);
  const std::uint64_t reason = code == 0 ? number(ErrorCode::not_joined) : code;
  const Room ended = room;
  set_number(room, 0);
  room = {};
  room.has_ended = true;
  room.position = ended.position;
  room.numbered = ended.numbered;
  if (ended.place != Room::Place::none && !is_mutated(Mutation::owed_leave_is_forgotten)) room.place = Room::Place::owed;
  if (ended.resend_at != 0 && is_mutated(Mutation::hold_outlives_membership)) room.resend_at = kNever;
  if (ended.rejoin_at == wait_until_ || ended.resend_at == wait_until_) wait(kNever);
  // What an earlier page has left waits on where a first join failed that may succeed later.
  const bool was_member = ended.is_positioned || ended.number != 0;
  if (was_member || final_ != 0 || !is_retryable(code)) settle_all(handle_of(room), reason);
  if (was_member) act(ActionKind::left, handle_of(room), code);
  if (ended.join_ticket != 0) settle(ended.join_ticket, reason);
  if (ended.leave_ticket != 0) settle(ended.leave_ticket, 0);
  if (room.place == Room::Place::owed && can_send()) send_join(room);
}

void Client::retry_rooms(std::uint64_t now) {
  if (connection_.phase() != Connection::Phase::online) return;
  for (Room& room : rooms_) {
    if (now < room.retry_at()) continue;
    if (now >= room.resend_at) room.resend_at = 0;
    if (room.wanted && room.phase == Room::Phase::away && now >= room.rejoin_at) send_join(room);
    flush(handle_of(room), now);
  }
}

void Client::in_room(const Incoming& frame, std::uint64_t now) {
  if (frame.type == FrameType::event && frame.integers[0] == 0) return act(ActionKind::deliver, kNoRoom);
  const bool names_room_second = frame.type == FrameType::left;
  Room* const room = room_by_number(frame.integers[names_room_second ? 1 : 0]);
  if (room == nullptr) return;  // of a membership that has ended meanwhile
  const bool is_range = frame.type == FrameType::skip || frame.type == FrameType::gap;
  if (is_range && frame.integers[1] > frame.integers[2]) return misbehaved(ErrorCode::frame_malformed, now);
  const bool is_ours = room->phase == Room::Phase::joined || room->phase == Room::Phase::leaving;
  const bool comes_again =
      is_range || frame.type == FrameType::presence || (frame.type == FrameType::event && frame.integers[2] != 0);
  if (comes_again && !is_ours) return;  // of the server's application, until our JOINED
  switch (frame.type) {
    case FrameType::event:
      return event(*room, frame.integers[2]);
    case FrameType::skip:
      return static_cast<void>(advance(*room, frame.integers[1], frame.integers[2]));
    case FrameType::gap:
      return gap(*room, frame);
    case FrameType::left:
      room->phase = Room::Phase::joined;  // there is nothing left to leave
      return end_membership(*room, frame.integers[2]);
    case FrameType::presence:
      return act(ActionKind::presence, handle_of(*room));
    case FrameType::renew:  // the driver adds another token; where that is refused, LEFT will say so
      return send(FrameType::join, handle_of(*room), 5, ++last_ticket_, static_cast<std::uint64_t>(JoinFrom::member));
    case FrameType::nack:
      refused(*room, frame, now);
      break;
    default:  // ACK
      if (const Pending* const publication = find_publication(handle_of(*room), frame.integers[1])) answer(*publication, 0);
  }
  leave_when_answered(*room);
  flush(handle_of(*room), now);
}

void Client::event(Room& room, std::uint64_t sequence) {
  const bool is_new = sequence == 0 || advance(room, sequence, sequence);
  if (is_new && room.wanted) act(ActionKind::deliver, handle_of(room));
}

bool Client::advance(Room& room, std::uint64_t first, std::uint64_t last) {
  const std::uint64_t expected = room.position.sequence + 1;
  if (last < expected) return false;
  room.position.sequence = last;
  if (first > expected) act(ActionKind::gap, handle_of(room), expected, first - 1);
  pace(room);
  return true;
}

void Client::gap(Room& room, const Incoming& frame) {
  const std::uint64_t last = frame.integers[2], first = std::max(frame.integers[1], room.position.sequence + 1);
  if (advance(room, frame.integers[1], last)) act(ActionKind::gap, handle_of(room), first, last, frame.integers[3]);
}

}  // namespace dialogue::client
