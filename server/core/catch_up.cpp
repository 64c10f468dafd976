// A page may come too late: its connection or membership may have ended, so both are looked up again.
#include "server/core/catch_up.hpp"

#include <algorithm>

#include "server/core/frame_text.hpp"
#include "shared/planted_bug.hpp"

namespace dialogue {

void CatchUp::read_on(Connection& connection, const Membership& membership) {
  Member& member = member_of(membership);
  if (!member.behind || member.reading || connection.awaits_drain) return;
  if (member.position >= membership.local->head) {
    member.behind = false;
    return;
  }
  if (member.position >= member.credit) return;
  member.reading = true;
  ReadLog letter;
  letter.from = context_.address_of(connection);
  letter.room = membership.room;
  letter.from_seq = member.position + 1;
  context_.outbox.post(home_of(membership.room, context_.outbox.shard_count()), std::move(letter));
}

void CatchUp::set_credit(Connection& connection, const Frame& frame) {
  const Membership* membership = connection.membership(frame.integers[0]);
  if (membership == nullptr) return;  // of a membership that has ended meanwhile
  member_of(*membership).credit = frame.integers[1];
  read_on(connection, *membership);
}

void CatchUp::await_drain(Connection& connection) const {
  if (!std::exchange(connection.awaits_drain, true)) context_.outbox.ask_drained(connection.id);
}

void CatchUp::congested(Connection& connection) {
  for (const Membership& membership : connection.memberships) member_of(membership).behind = true;
  await_drain(connection);
}

void CatchUp::drained(Connection& connection) {
  connection.awaits_drain = false;
  for (const Membership& membership : connection.memberships) read_on(connection, membership);
}

void CatchUp::skip_lost(Connection& connection, LocalRoom& room, Member& member, const LogPiece& piece) const {
  const bool damaged = piece.fault == ErrorCode::history_damaged;
  const std::uint64_t last = damaged ? room.head : std::min(piece.base - 1, room.head);
  if (last <= member.position) return;
  const ErrorCode code = damaged ? ErrorCode::history_damaged : ErrorCode::history_trimmed;
  context_.outbox.send(connection.id, gap_frame(room.number, member.position + 1, last, code));
  member.position = last;
}

void CatchUp::send(LocalRoom& room, Member& member, const LogPiece& piece) const {
  const auto skip_to = [&](std::uint64_t seq) {
    if (seq <= member.position) return;
    context_.outbox.send(member.connection, skip_frame(room.number, member.position + 1, seq));
    member.position = seq;
  };
  auto lost = piece.damaged.begin();
  const auto tell_lost_before = [&](std::uint64_t seq) {
    for (; lost != piece.damaged.end() && lost->first < seq; ++lost) {
      const std::uint64_t last = std::min(lost->last, room.head);
      if (last <= member.position) continue;
      skip_to(lost->first - 1);
      context_.outbox.send(member.connection, gap_frame(room.number, member.position + 1, last, ErrorCode::history_damaged));
      member.position = last;
    }
  };
  for (const LogPiece::Event& event : piece.events) {
    if (event.seq <= member.position) continue;
    tell_lost_before(event.seq);
    if (event.seq > member.credit) return skip_to(std::min(event.seq - 1, member.credit));
    const auto slot = room.rules->slot_of(event.event);
    if (!slot || !member.wants.contains(*slot)) continue;
    skip_to(event.seq - 1);
    context_.outbox.send(member.connection, event.text);
    member.position = event.seq;
  }
  const std::uint64_t last = std::min(piece.last, room.head);
  tell_lost_before(last + 1);
  if (has_planted(PlantedBug::skip_at_page_end_forgotten)) member.position = std::max(member.position, last);
  skip_to(last);
}

void CatchUp::handle(LogPiece&& piece) {
  Connection* connection = context_.connections.find(piece.to);
  const Membership* membership = connection == nullptr ? nullptr : connection->membership(piece.room);
  if (membership == nullptr || connection->state != SessionState::ready) return;
  Member& member = member_of(*membership);
  LocalRoom& room = *membership->local;
  member.reading = false;
  const std::uint64_t before = member.position;
  if (piece.fault == ErrorCode::ok || piece.fault == ErrorCode::history_damaged) {
    skip_lost(*connection, room, member, piece);
    send(room, member, piece);
  }
  if (member.position == before && member.position < std::min(room.head, member.credit))
    return retries_.push({connection->id, room.number}, context_.outbox.now().monotonic_ms);
  if (member.position < room.head)
    await_drain(*connection);
  else
    member.behind = false;
}

std::uint64_t CatchUp::tick() {
  while (const auto due = retries_.pop_due(context_.outbox.now().monotonic_ms)) {
    Connection* connection = context_.connections.find(due->first);
    if (connection == nullptr || connection->state != SessionState::ready) continue;
    if (const Membership* membership = connection->membership(due->second)) read_on(*connection, *membership);
  }
  return retries_.next_deadline();
}

}  // namespace dialogue
