// A page may come too late: its connection or membership may have ended, so both are looked up again.
#include "server/core/session/catch_up.hpp"

#include <algorithm>

#include "server/core/connection/queueing.hpp"
#include "server/core/messages/frame_text.hpp"
#include "shared/base/mutation.hpp"

namespace dialogue::core {
namespace {

constexpr std::size_t kPagePlaceBytes = 64 * 1024;  ///< what a page is taken to need, before it has come

}  // namespace

bool CatchUp::has_place(const Connection& connection) const {
  const std::size_t unsent = connection.unsent.bytes(context_.effects.turn());
  if (unsent == 0 && connection.pages_reading == 0) return true;
  return unsent + (connection.pages_reading + 1U) * kPagePlaceBytes <= context_.config.limits.lag_bytes_max;
}

void CatchUp::read_on(Connection& connection, const Membership& membership) {
  Member& member = member_of(membership);
  if (!member.behind || member.reading || member.is_held || connection.awaits_drain) return;
  if (member.position >= membership.local->head) {
    context_.fanout.set_behind(*membership.local, member, false);
    return;
  }
  if (member.position >= member.credit) return;
  if (!has_place(connection)) {
    connection.rooms_wait = true;
    if (connection.pages_reading == 0) await_drain(context_.effects, connection);
    return;
  }
  member.reading = true;
  ++connection.pages_reading;
  context_.requests.begin({RequestKind::page, connection.id, membership.ticket}, context_.effects.now().monotonic_ms);
  ReadLog read;
  read.from = context_.address_of(connection);
  read.room = membership.room;
  read.from_seq = member.position + 1;
  read.membership = membership.ticket;
  context_.effects.post(owner_of(membership.room, context_.effects.shard_count()), std::move(read));
}

void CatchUp::set_credit(Connection& connection, const Frame& frame) {
  const Membership* membership = connection.membership(frame.integers[0]);
  if (membership == nullptr) return;  // of a membership that has ended meanwhile
  member_of(*membership).credit = frame.integers[1];
  read_on(connection, *membership);
}

void CatchUp::give_up(Connection& connection, const Membership& membership) const {
  LocalRoom& room = *membership.local;
  Member& member = member_of(membership);
  context_.fanout.flush(room);
  if (!member.behind || member.position >= room.head) return;
  leave_out(connection, room, room.head);
  queue(context_.effects, connection, gap_frame(room.number, member.position + 1, room.head, ErrorCode::forbidden));
  advance(member, connection, room.head, context_.effects.turn());
  if (member.is_held) connection.membership(room.number)->started = room.head;  // its JOIN may not begin earlier
  context_.fanout.set_behind(room, member, member.is_held);
}

void CatchUp::drained(Connection& connection) {
  connection.awaits_drain = connection.rooms_wait = false;
  connection.unsent.report(0);
  const std::size_t count = connection.memberships.size(), first = connection.next_room;
  for (std::size_t i = 0; i < count && !connection.rooms_wait; ++i) {
    connection.next_room = static_cast<std::uint8_t>((first + i) % count);
    read_on(connection, connection.memberships[connection.next_room]);
  }
}

class CatchUp::EncodedPiece {
 public:
  explicit EncodedPiece(const LogPiece& page) : piece(page), texts_(page.events.size()) {}
  [[nodiscard]] const SharedBytes& text(std::size_t index) {
    SharedBytes& text = texts_[index];
    if (!text) text = event_frame(piece.room, piece.events[index]);
    return text;
  }
  const LogPiece& piece;

 private:
  std::vector<SharedBytes> texts_;
};

void CatchUp::leave_out(Connection& connection, const LocalRoom& room, std::uint64_t last) const {
  if (Membership* membership = connection.membership(room.number)) context_.receipts.leave_out(connection, *membership, last);
}

void CatchUp::skip_lost(Connection& connection, LocalRoom& room, Member& member, const LogPiece& piece) const {
  const bool damaged = piece.fault == ErrorCode::history_damaged;
  const std::uint64_t last = damaged ? room.head : std::min(piece.base - 1, room.head);
  if (last <= member.position) return;
  const ErrorCode code = damaged ? ErrorCode::history_damaged : ErrorCode::history_trimmed;
  leave_out(connection, room, last);
  queue(context_.effects, connection, gap_frame(room.number, member.position + 1, last, code));
  advance(member, connection, last, context_.effects.turn());
}

void CatchUp::send(Connection& connection, LocalRoom& room, Member& member, EncodedPiece& encoded) const {
  const LogPiece& piece = encoded.piece;
  const auto advance_to = [&](std::uint64_t seq) { advance(member, connection, seq, context_.effects.turn()); };
  const auto skip_to = [&](std::uint64_t seq) {
    if (seq <= member.position) return;
    queue(context_.effects, connection, skip_frame(room.number, member.position + 1, seq));
    advance_to(seq);
  };
  auto lost = piece.damaged.begin();
  const auto tell_lost_before = [&](std::uint64_t seq) {
    for (; lost != piece.damaged.end() && lost->first < seq; ++lost) {
      const std::uint64_t last = std::min(lost->last, room.head);
      if (last <= member.position) continue;
      skip_to(lost->first - 1);
      leave_out(connection, room, last);
      context_.effects.send(member.connection, gap_frame(room.number, member.position + 1, last, ErrorCode::history_damaged));
      advance_to(last);
    }
  };
  for (std::size_t index = 0; index < piece.events.size(); ++index) {
    const EventRecord& event = piece.events[index];
    if (event.seq <= member.position) continue;
    tell_lost_before(event.seq);
    if (event.seq > member.credit) return skip_to(std::min(event.seq - 1, member.credit));
    const auto slot = room.rules->slot_of(event.event);
    if (event.deletes && event.seq <= member.deleted_before) continue;
    if (!slot || !member.wants.contains(*slot) || !context_.fanout.lets_through(member, event.event, event.payload)) continue;
    skip_to(event.seq - 1);
    queue(context_.effects, connection, encoded.text(index));
    advance_to(event.seq);
  }
  const std::uint64_t last = std::min(piece.last, room.head);
  tell_lost_before(last + 1);
  if (is_mutated(Mutation::skip_at_page_end_forgotten)) member.position = std::max(member.position, last);
  skip_to(last);
}

void CatchUp::handle(LogPiece&& piece) {
  EncodedPiece encoded(piece);
  for (const MembershipId& to : piece.to) give(to, encoded);
}

void CatchUp::give(MembershipId to, EncodedPiece& encoded) {
  const LogPiece& piece = encoded.piece;
  if (!context_.requests.answered({RequestKind::page, to.connection, to.ticket})) return;
  Connection* connection = context_.connections.find(to.connection);
  const Membership* membership = connection == nullptr ? nullptr : connection->membership(piece.room, to.ticket);
  if (membership == nullptr || connection->state != SessionState::ready) return;
  Member& member = member_of(*membership);
  LocalRoom& room = *membership->local;
  if (std::exchange(member.reading, false)) --connection->pages_reading;
  if (std::exchange(member.has_moved, false) || member.is_held || !member.behind) {  // it has given up what the page is of
    if (connection->rooms_wait || member.behind) await_drain(context_.effects, *connection);
    return;
  }
  const std::uint64_t before = member.position;
  if (piece.fault == ErrorCode::ok || piece.fault == ErrorCode::history_damaged) {
    skip_lost(*connection, room, member, piece);
    send(*connection, room, member, encoded);
  }
  const bool is_stuck = member.position == before && member.position < std::min(room.head, member.credit);
  if (is_stuck) retries_.push({connection->id, room.number}, context_.effects.now().monotonic_ms);
  context_.fanout.set_behind(room, member, member.position < room.head);
  if ((member.behind && !is_stuck) || connection->rooms_wait) await_drain(context_.effects, *connection);
}

bool CatchUp::awaits_page(Connection& connection, std::uint64_t ticket) {
  return std::any_of(connection.memberships.begin(), connection.memberships.end(), [ticket](const Membership& membership) {
    return membership.ticket == ticket && member_of(membership).reading;
  });
}

std::uint64_t CatchUp::tick() {
  while (const auto due = retries_.pop_due(context_.effects.now().monotonic_ms)) {
    Connection* connection = context_.connections.find(due->first);
    if (connection == nullptr || connection->state != SessionState::ready) continue;
    if (const Membership* membership = connection->membership(due->second)) read_on(*connection, *membership);
  }
  return retries_.next_deadline();
}

}  // namespace dialogue::core
