// The requests' side of Client: publications and their answers, subscriptions, lists.
#include <algorithm>
#include <utility>

#include "client-wasm/core/client.hpp"
#include "client-wasm/core/error_traits.hpp"

namespace dialogue::client {

Ticket Client::publish(RoomHandle handle, std::uint32_t event, bool is_volatile, std::uint64_t now) {
  Room& room = rooms_[handle];
  if (!room.wanted) return refuse(ErrorCode::not_joined);
  if (is_full()) return refuse(ErrorCode::outbox_full);
  const Ticket ticket = ++last_ticket_;
  room.outbox.add(ticket, event, is_volatile);
  flush(room, monotonic(now));
  return ticket;
}

Ticket Client::subscribe(RoomHandle handle, FrameType type, std::uint32_t event) {
  if (!rooms_[handle].wanted) return refuse(ErrorCode::not_joined);
  const Ticket ticket = request(type, handle, event);
  if (rooms_[handle].phase == Room::Phase::joined) send_requests(handle);
  return ticket;
}

Ticket Client::list(std::uint64_t now) {
  start(now);
  const Ticket ticket = request(FrameType::list, kNoRoom, 0);
  if (state_ == State::connected) send_requests(kNoRoom);
  return ticket;
}

Ticket Client::request(FrameType type, RoomHandle room, std::uint32_t event) {
  if (state_ == State::closed) return refuse(ErrorCode::closed);
  if (is_full()) return refuse(ErrorCode::outbox_full);
  requests_.push_back({++last_ticket_, type, room, event, false});
  return last_ticket_;
}

Ticket Client::refuse(ErrorCode code) {
  const std::uint64_t reason = state_ == State::closed ? final_ : static_cast<std::uint64_t>(code);
  settle(++last_ticket_, reason);
  return last_ticket_;
}

void Client::renumber(Ticket ticket, std::uint32_t event) {
  for (Room& room : rooms_)
    if (Publication* const publication = room.outbox.find(ticket)) publication->event = event;
}

void Client::abort(Ticket ticket) {
  for (Room& room : rooms_)
    if (room.outbox.remove_unsent(ticket)) return settle(ticket, ErrorCode::aborted);
}

std::size_t Client::pending() const {
  std::size_t count = 0;
  for (const Room& room : rooms_) count += room.outbox.size();
  return count;
}

void Client::flush(Room& room, std::uint64_t now) {
  if (room.phase != Room::Phase::joined || now < room.resend_at) return;
  while (const Publication* const publication = room.outbox.take_next())
    push_frame(FrameType::publish, publication->ticket, {room.number, publication->event, publication->sequence, 0});
}

void Client::send_requests(RoomHandle room) {
  for (Request& request : requests_) {
    if (request.room != room || request.in_flight) continue;
    request.in_flight = true;
    if (request.type == FrameType::list)
      push_frame(request.type, 0, {request.ticket});
    else
      push_frame(request.type, 0, {request.ticket, rooms_[room].number, request.event});
  }
}

void Client::settle_requests(RoomHandle room, std::uint64_t code) {
  std::erase_if(requests_, [&](const Request& request) {
    if (request.room != room) return false;
    settle(request.ticket, code);
    return true;
  });
}

void Client::acknowledged(const Incoming& frame, std::uint64_t now) {
  Room* const room = room_by_number(frame.integers[0]);
  if (room == nullptr) return;
  if (const auto ticket = room->outbox.finish(frame.integers[1])) answer(*ticket, 0);
  flush(*room, now);
}

void Client::refused(const Incoming& frame, std::uint64_t now) {
  const auto [number, sequence, code, retry_after_ms, a, b, c, d] = frame.integers;
  static_cast<void>(a), static_cast<void>(b), static_cast<void>(c), static_cast<void>(d);
  Room* const room = room_by_number(number);
  if (room == nullptr) return;
  const bool is_hole = code == static_cast<std::uint64_t>(ErrorCode::producer_hole);
  if (sequence == 0 || !is_retryable(code)) {
    if (const auto ticket = room->outbox.finish(sequence)) answer(*ticket, code);
    if (code == static_cast<std::uint64_t>(ErrorCode::producer_unknown)) return forget_producer(now);
  } else if (room->outbox.refuse(sequence)) {
    if (is_hole && room->outbox.is_lowest(sequence)) return forget_producer(now);
    if (!is_hole) {
      room->resend_at = now + std::clamp(retry_after_ms, kResendDelayMinMs, kRetryAfterMaxMs);
      retry_at_ = std::min(retry_at_, room->resend_at);
    }
  }
  flush(*room, now);
}

void Client::forget_producer(std::uint64_t now) {
  ++producer_;
  for (Room& room : rooms_)
    for (const Ticket ticket : room.outbox.producer_lost()) settle(ticket, ErrorCode::outcome_unknown);
  carry_out(connection_.broken(now));
}

void Client::replied(const Incoming& frame, std::uint64_t now) {
  const std::uint64_t number = frame.integers[0], code = frame.integers[1];
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (requests_[i].ticket != number || !requests_[i].in_flight) continue;
    requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(i));
    return answer(static_cast<Ticket>(number), code);
  }
  if (number == 0) return;
  for (Room& room : rooms_) {
    if (room.phase == Room::Phase::joining && room.request == number) return join_refused(room, code, now);
    if (room.phase == Room::Phase::leaving && room.leave_ticket == number) return end_membership(room, 0);
  }
}

}  // namespace dialogue::client
