// The requests' side of Client: publications and their answers, subscriptions, lists, permissions, history.
#include <algorithm>
#include <utility>

#include "client-wasm/core/client.hpp"
#include "client-wasm/core/error_traits.hpp"

namespace dialogue::client {
namespace {
constexpr std::uint64_t kLongAgoSeconds = 1'000'000'000;  ///< further back than any producer is remembered
}  // namespace

Ticket Client::publish(RoomHandle room, std::uint32_t event, bool is_volatile, std::uint64_t now, Priority priority) {
  return ask(room, FrameType::publish, now, event, 0, false, is_volatile, priority);
}

Ticket Client::subscribe(RoomHandle room, FrameType type, std::uint32_t event, std::uint64_t now) {
  return ask(room, type, now, 0, event);
}

Ticket Client::ask(FrameType type, std::uint64_t now) {
  start(now);
  return ask(kNoRoom, type, now);
}

Ticket Client::history(RoomHandle room, std::uint64_t from, std::uint32_t limit, bool is_forward, std::uint64_t now) {
  return ask(room, FrameType::history, now, limit, from, is_forward);
}

Ticket Client::ask(RoomHandle room, FrameType type, std::uint64_t now, std::uint32_t event, std::uint64_t sequence,
                   bool is_forward, bool is_volatile, Priority priority) {
  if (room != kNoRoom && !rooms_[room].wanted) {
    // A publication may wait for the first membership.
    if (type != FrameType::publish || rooms_[room].has_ended) return refuse(ErrorCode::not_joined);
  }
  // Full of publications, the client can still ask: whether it may publish, or what has arrived.
  const std::size_t bound = kPendingMax + (type == FrameType::publish ? 0 : kQuestionsMax);
  if (state_ == State::closed || outbox_.size() >= bound) return refuse(ErrorCode::outbox_full);
  // A volatile event does not wait for a connection: it would only take the place of others.
  if (is_volatile && rooms_[room].phase != Room::Phase::joined) return refuse(ErrorCode::connection_lost);
  const Ticket ticket = ++last_ticket_;
  outbox_.insert(place_of(room, priority)) = {.ticket = ticket,
                                              .room = room,
                                              .type = type,
                                              .priority = priority,
                                              .is_forward = is_forward,
                                              .is_volatile = is_volatile,
                                              .event = event,
                                              .sequence = sequence};
  flush(room, monotonic(now));
  return ticket;
}

std::size_t Client::place_of(RoomHandle room, Priority priority) const {
  std::size_t place = outbox_.size();
  for (std::size_t i = place; i-- > 0;) {
    const Pending& other = outbox_[i];
    if (other.room != room) continue;
    const bool is_movable = other.type == FrameType::publish && other.sequence == 0 && !other.in_flight;
    if (!is_movable || other.priority <= priority) break;
    place = i;
  }
  return place;
}

void Client::restore_numbers(RoomHandle handle, std::uint64_t epoch, std::uint64_t numbered) {
  rooms_[handle].position.epoch = epoch;
  rooms_[handle].numbered = numbered;
}

Ticket Client::restore(RoomHandle room, std::uint32_t event, std::uint64_t sequence, std::uint64_t sent_ms) {
  if (final_ != 0) return refuse(ErrorCode::closed);
  // Before what this page has published meanwhile, which has later numbers.
  std::size_t place = 0;
  while (place < outbox_.size() && (outbox_[place].room != room || outbox_[place].is_restored)) ++place;
  outbox_.insert(place) = {.ticket = ++last_ticket_,
                           .room = room,
                           .type = FrameType::publish,
                           .priority = Priority::normal,
                           .is_restored = true,
                           .maybe_taken = sequence != 0,
                           .event = event,
                           .sent_ms = sent_ms,
                           .sequence = sequence};
  return last_ticket_;
}

Ticket Client::refuse(ErrorCode code) {
  settle(++last_ticket_, state_ == State::closed ? final_ : number(code));
  return last_ticket_;
}

void Client::renumber(Ticket ticket, std::uint32_t event) {
  for (Pending& pending : outbox_)
    if (pending.ticket == ticket) {
      if (pending.type == FrameType::publish)
        pending.event = event;
      else
        pending.sequence = event;  // of a subscription
    }
}

bool Client::abort(Ticket ticket) {
  for (std::size_t i = 0; i < outbox_.size(); ++i)
    // What has a number must be answered, or the numbers after it would never be accepted.
    if (outbox_[i].ticket == ticket && outbox_[i].sequence == 0 && !outbox_[i].in_flight) {
      finish(i, ActionKind::settle, number(ErrorCode::aborted));
      return true;
    }
  return false;
}

void Client::unwritten(Ticket publication, std::uint64_t now) {
  is_retiring_ = true;
  for (Pending& pending : outbox_)
    if (pending.ticket == publication) {
      pending.in_flight = pending.maybe_taken = false;
      pending.sequence = 0;
    }
  retire(monotonic(now));
}

std::size_t Client::pending() const {
  return static_cast<std::size_t>(
      std::count_if(outbox_.begin(), outbox_.end(), [](const Pending& pending) { return pending.type == FrameType::publish; }));
}

void Client::flush(RoomHandle handle, std::uint64_t now) {
  if (handle == kNoRoom ? connection_.phase() != Connection::Phase::online : rooms_[handle].phase != Room::Phase::joined) return;
  std::size_t publications = 0;
  const bool is_held = handle != kNoRoom && now < rooms_[handle].resend_at;  // requests are not
  for (Pending& pending : outbox_) {
    if (pending.room != handle) continue;
    if (pending.type != FrameType::publish) {
      if (pending.in_flight) continue;
      const std::uint32_t integers = handle == kNoRoom ? 2 : pending.type == FrameType::history ? 6 : 4;
      send(pending.type, pending.ticket, integers, pending.ticket, handle == kNoRoom ? 0 : rooms_[handle].number,
           pending.sequence, pending.event, pending.is_forward);
    } else {
      Room& room = rooms_[handle];
      if (publications++ >= kPublishInFlightMax || is_held || pending.in_flight) continue;
      if (!pending.is_volatile && pending.sequence == 0) {
        if (is_retiring_) continue;
        pending.sequence = ++room.numbered;
        pending.sent_ms = now;
      }
      const bool is_resent = pending.maybe_taken && pending.sequence != 0;
      const std::uint64_t age_s = std::min((now - std::min(now, pending.sent_ms)) / 1000, kLongAgoSeconds);
      send(pending.type, pending.ticket, 5, room.number, pending.event, pending.sequence,
           publish_mark(pending.is_first, is_resent ? 1 + age_s : 0));
    }
    pending.in_flight = true;
  }
}

Pending* Client::find_publication(RoomHandle room, std::uint64_t sequence) {
  for (Pending& pending : outbox_)
    if (pending.room == room && pending.in_flight && pending.type == FrameType::publish && pending.sequence == sequence)
      return &pending;
  return nullptr;
}

void Client::finish(std::size_t index, ActionKind kind, std::uint64_t code) {
  act(kind, outbox_[index].ticket, code);
  outbox_.remove(index);
}

void Client::answer(const Pending& pending, std::uint64_t code) {
  finish(static_cast<std::size_t>(&pending - outbox_.begin()), ActionKind::answer, code);
}

void Client::refused(Room& room, const Incoming& frame, std::uint64_t now) {
  const std::uint64_t sequence = frame.integers[1], code = frame.integers[2], retry_after_ms = frame.integers[3];
  Pending* const publication = find_publication(handle_of(room), sequence);
  if (publication == nullptr) return;
  if (sequence == 0 || !is_retryable(code)) {
    // A publication that was sent again and is not known any more may be in the log: numbering continues from here.
    if (code == number(ErrorCode::producer_unknown) && publication->maybe_taken)
      return finish(static_cast<std::size_t>(publication - outbox_.begin()), ActionKind::settle,
                    number(ErrorCode::outcome_unknown));
    answer(*publication, code);
    if (code == number(ErrorCode::producer_unknown)) be_forgotten(now);
    return;
  }
  publication->in_flight = false;
  if (!room.wanted) {  // it is not tried again: leave_when_answered() settles it
    room.resend_at = kNever;
    return;
  }
  if (code != number(ErrorCode::producer_hole)) {
    room.resend_at = now + std::clamp(retry_after_ms, kResendDelayMinMs, kRetryAfterMaxMs);
    // The longest of several: kNever + 1 is 0.
    if (retry_after_ms != 0 && room.resend_at >= wait_until_ + 1) wait(room.resend_at, code);
    return;
  }
  // What is missing before it will be sent again. Where nothing of ours is missing, the server's count is not ours any more.
  const bool is_lowest = std::none_of(outbox_.begin(), publication, [&](const Pending& pending) {
    return pending.room == publication->room && pending.type == FrameType::publish && pending.sequence != 0;
  });
  // Exception: the server may have forgotten only this client. A number without a predecessor then continues.
  if (is_lowest && (sequence == 1 || std::exchange(publication->is_first, true))) return be_forgotten(now);
  // A lower number that is on its way may take long: not once in each round trip.
  if (!is_lowest) room.resend_at = std::max(room.resend_at, now + kResendDelayMinMs);
}

void Client::restart_numbers(Room& room) {
  for (std::size_t i = 0; i < outbox_.size();) {
    Pending& pending = outbox_[i];
    if (pending.room != handle_of(room) || !is_doubtful(pending)) {
      if (pending.room == handle_of(room) && pending.type == FrameType::publish) {
        pending.sequence = 0;
        pending.is_first = false;
      }
      ++i;
    } else {
      finish(i, ActionKind::settle, number(ErrorCode::outcome_unknown));
    }
  }
}

void Client::change_producer() {
  ++producer_;
  is_retiring_ = false;
  for (Room& room : rooms_) {
    restart_numbers(room);
    room.numbered = 0;
  }
}

void Client::retire(std::uint64_t now) {
  if (!is_retiring_) return;
  const bool waits = std::any_of(outbox_.begin(), outbox_.end(), [&](const Pending& pending) {
    return pending.type == FrameType::publish && pending.sequence != 0 &&
           (!can_send() || rooms_[pending.room].phase != Room::Phase::away);
  });
  if (waits) return;
  can_send() ? be_forgotten(now) : change_producer();
}

/// Another producer comes, over another connection.
void Client::be_forgotten(std::uint64_t now) {
  change_producer();
  carry_out(connection_.broken(now));
}

bool Client::settle_all(RoomHandle room, std::uint64_t code, bool is_leaving) {
  bool is_left = false;
  for (std::size_t i = 0; i < outbox_.size();) {
    const Pending& pending = outbox_[i];
    const bool is_ours = pending.room == room;
    const bool stays = is_leaving && (pending.in_flight || (pending.sequence != 0 && rooms_[room].resend_at == 0));
    if (is_ours && !stays) {
      finish(i, ActionKind::settle, is_doubtful(pending) && !was_closed_ ? number(ErrorCode::outcome_unknown) : code);
    } else {
      is_left |= is_ours;
      ++i;
    }
  }
  return is_left;
}

void Client::replied(const Incoming& frame, std::uint64_t now) {
  const std::uint64_t request = frame.integers[0], code = frame.integers[1];
  if (request == refresh_ && code != 0) return act(ActionKind::fault, 0, code);
  for (Pending& pending : outbox_)
    if (pending.ticket == request && pending.in_flight && pending.type != FrameType::publish) {
      const RoomHandle handle = pending.room;
      answer(pending, code);
      if (handle != kNoRoom) leave_when_answered(rooms_[handle]);
      return;
    }
  for (Room& room : rooms_) {
    if (room.phase == Room::Phase::joining && room.request == request) return join_refused(room, code, now);
    if (room.place == Room::Place::owed && room.request == request && !is_retryable(code)) room.place = Room::Place::none;
    if (room.phase == Room::Phase::leaving && room.leave_ticket == request) return end_membership(room, 0);
  }
}

}  // namespace dialogue::client
