// Being in a room, and ceasing to: a leave never waits for the client. memberships_join.cpp is how it begins.
#include "server/core/session/memberships.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/core/access/access.hpp"
#include "server/core/connection/session_secret.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/messages/handles.hpp"

namespace dialogue::core {
namespace {

constexpr std::uint8_t kHistoryPagesMax = 8;  ///< of one connection at a time
constexpr std::uint64_t kPagesRetryMs = 100;  ///< what is over that may come again after this

}  // namespace

void Memberships::refuse(Connection& connection, std::uint64_t req, std::string_view request, const Error& fault,
                         std::uint64_t retry_after_ms, std::string_view room_id) const {
  if (req != 0) context_.answer(connection, refusal_frame(req, fault, retry_after_ms));
  const Membership* membership = room_id.empty() ? nullptr : connection.membership_in(room_id);
  const RulesPtr rules = room_id.empty() || membership != nullptr ? nullptr : owner_.predefined(room_id);
  const std::string_view pattern = membership != nullptr ? std::string_view(membership->local->rules->definition.id)
                                   : rules               ? std::string_view(rules->definition.id)
                                                         : std::string_view();
  context_.note_refused(connection, {request, room_id, pattern}, fault);
}

void Memberships::history(Connection& connection, const Frame& frame) {
  const std::uint64_t req = frame.integers[0], limit = frame.integers[3], direction = frame.integers[4];
  const Membership* membership = connection.membership(frame.integers[1]);
  if (membership == nullptr || membership->leaving) return refuse(connection, req, "history", {ErrorCode::not_joined, {}, {}});
  if (limit == 0 || limit > kPageEventsMax || direction > 1)
    return refuse(connection, req, "history", {ErrorCode::request_invalid, "limit is 1 to 100, direction 0 or 1", {}});
  if (connection.history_pages == kHistoryPagesMax)
    return refuse(connection, req, "history", {ErrorCode::rate_limited, {}, {}}, kPagesRetryMs);
  ++connection.history_pages;
  ReadLog read;
  read.from = context_.address_of(connection);
  read.room = membership->room;
  read.from_seq = frame.integers[2];
  read.req = req;
  read.limit = limit;
  read.backwards = direction == 0;
  read.identity = connection.identity_in(*membership);
  read.history_from = membership->history_from();
  context_.requests.begin({RequestKind::history, connection.id, req}, context_.effects.now().monotonic_ms);
  context_.effects.post(owner_of(membership->room, context_.effects.shard_count()), std::move(read));
}

void Memberships::handle(HistoryResponse&& answer) {
  if (context_.requests.answered({RequestKind::history, answer.to, answer.req})) finish_history(answer);
}

void Memberships::expired(const RequestKey& key) {
  const Error fault{ErrorCode::store_unavailable, {}, {}};
  if (key.kind == RequestKind::history) return finish_history({key.connection, key.number, fault});
  Connection* connection = context_.connections.find(key.connection);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  if (key.kind == RequestKind::release) {
    --connection->pending_verdicts().releases;
    connection->verdict_used();
  } else {
    settle(*connection, key.room_id);
    resume(*connection, key.room_id);
  }
  refuse(*connection, key.number, "join", fault, 0, key.room_id);
  if (key.number == 0) application_joined(*connection, key.room_id);
}

void Memberships::finish_history(const HistoryResponse& answer) {
  Connection* connection = context_.connections.find(answer.to);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  --connection->history_pages;
  context_.answer(*connection, history_frame(answer));
}

Leave Memberships::leave_of(const Connection& connection, Loss lost) const {
  Leave leave{context_.address_of(connection), 0, 0, connection.identity, {}, lost == Loss::silence};
  if (lost != Loss::none) leave.session = connection.secret;
  const bool has_ended_by_itself = lost != Loss::none || connection.said_goodbye;
  leave.may_return = has_ended_by_itself && connection.expires_at_ms > context_.effects.now().monotonic_ms;
  return leave;
}

void Memberships::post_leave(const Connection& connection, std::uint64_t req, std::uint64_t room, Loss lost) const {
  Leave leave = leave_of(connection, lost);
  leave.req = req;
  leave.room = room;
  context_.effects.post(owner_of(room, context_.effects.shard_count()), std::move(leave));
}

void Memberships::leave(Connection& connection, const Frame& frame) {
  const std::uint64_t req = frame.integers[0], room = frame.integers[1];
  Membership* membership = connection.membership(room);
  if (membership == nullptr || membership->leaving) return refuse(connection, req, "leave", {ErrorCode::not_joined, {}, {}});
  refuse_pending(connection, membership->local->id);
  membership->leaving = true;
  context_.requests.begin({RequestKind::leave, connection.id, req}, context_.effects.now().monotonic_ms);
  post_leave(connection, req, room);
}

void Memberships::drop(Connection& connection, std::uint64_t room) {
  const Membership* membership = connection.membership(room);
  if (membership == nullptr) return;
  const std::string room_id = membership->local->id;
  if (connection.state == SessionState::ready)
    connection.note(
        {DecisionKind::left, room_id, ErrorCode::ok, kNoEvent, member_of(*membership).position, membership->local->epoch,
         taken_of(connection, *membership, context_.effects.turn()), member_of(*membership).selection != Selection::whole},
        context_.effects.now().unix_ms);
  context_.fanout.remove(connection, room);
  context_.effects.log(LogLevel::info, "left",
                       {{"session", connection.session_id}, {"user", connection.user_id()}, {"room", room_id}});
  hooks_.on_leave(connection, room_id);
}

void Memberships::handle(LeaveResponse&& answer) {
  if (!context_.requests.answered({RequestKind::leave, answer.to, answer.req})) return;
  Connection* connection = context_.connections.find(answer.to);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  if (Membership* membership = connection->membership(answer.room)) {
    context_.receipts.note(*connection, *membership);
    context_.fanout.flush(*membership->local);
  }
  context_.answer(*connection, left_frame(answer.req, answer.room, ErrorCode::ok));
  drop(*connection, answer.room);
}

void Memberships::handle(RoomEnded&& ended) {
  LocalRoom* room = context_.fanout.find(ended.room);
  if (room == nullptr) return;
  context_.fanout.flush(*room);
  const SharedBytes left = left_frame(0, ended.room, ended.code);
  const std::vector<Member> members = room->members;
  for (const Member& member : members) {
    Connection* connection = context_.connections.find(member.connection);
    if (connection == nullptr) continue;
    if (Membership* membership = connection->membership(ended.room)) context_.receipts.note(*connection, *membership);
    context_.answer(*connection, left);
    drop(*connection, ended.room);
  }
}

std::size_t Memberships::expel(Connection& connection, std::string_view room_id) {
  return expel_if(connection, ErrorCode::forbidden,
                  [&](const Membership& each) { return room_id.empty() || each.local->id == room_id; });
}

void Memberships::judge(Connection& connection, const std::shared_ptr<const Identity>& before) {
  expel_if(connection, ErrorCode::forbidden, [&](const Membership& membership) {
    return !keeps(connection, membership, *narrowed(before, connection.identity_in(membership)->room_token));
  });
}

void Memberships::judge(Connection& connection, std::uint64_t room, const Identity& before) {
  expel_if(connection, ErrorCode::forbidden,
           [&](const Membership& membership) { return membership.room == room && !keeps(connection, membership, before); });
}

bool Memberships::keeps(Connection& connection, const Membership& membership, const Identity& before) {
  const LocalRoom& room = *membership.local;
  const auto has_lost = [&](Right right) {
    return lost_right(room.rules->definition, room.id, right, before, *connection.identity_in(membership)).has_value();
  };
  if (has_lost(Right::join)) return false;
  Member& member = member_of(membership);
  if (has_lost(Right::presence)) member.sees_members = false;
  if (!has_lost(Right::history)) return true;
  has_lost_history_ = true;
  catch_up_.give_up(connection, membership);
  return true;
}

void Memberships::end_revoked(Connection& connection, const Revocation& revocation) {
  for (const ErrorCode code : {ErrorCode::token_expired, ErrorCode::token_revoked})
    expel_if(connection, code, [&](const Membership& membership) {
      const TokenFacts* const token = connection.identity_in(membership)->room_token.get();
      return is_covered(connection.user_id(), token, revocation) && end_by(token, revocation) == code;
    });
}

void Memberships::renew_tokens(Connection& connection) {
  const std::uint64_t now_ms = context_.effects.now().monotonic_ms;
  expel_if(connection, ErrorCode::token_expired, [now_ms](const Membership& membership) {
    return membership.token() != nullptr && membership.token()->ends_at_ms <= now_ms;
  });
  connection.rooms_due_ms = kNever;
  for (Membership& membership : connection.memberships) {
    RoomToken* const token = membership.token();
    if (token == nullptr) continue;
    if (token->renew_at_ms <= now_ms) {
      token->renew_at_ms = kNever;
      context_.answer(connection, renew_frame(membership.room));
    }
    connection.rooms_due_ms = std::min(connection.rooms_due_ms, token->due_ms());
  }
}

template <typename Wanted>
std::size_t Memberships::expel_if(Connection& connection, ErrorCode code, const Wanted& wanted) {
  std::vector<std::uint64_t> rooms;
  for (Membership& membership : connection.memberships) {
    if (membership.leaving || !wanted(membership)) continue;
    context_.receipts.note(connection, membership);
    rooms.push_back(membership.room);
  }
  context_.fanout.flush_rooms_of(connection);
  for (const std::uint64_t room : rooms) {
    post_leave(connection, 0, room);
    context_.answer(connection, left_frame(0, room, code));
    drop(connection, room);
  }
  return rooms.size();
}

void Memberships::abandon_all(Connection& connection, Loss lost) {
  // A join on its way may have taken over a place of its line, which is the client's also without this connection.
  if (line_of(connection.resumes()) == line_of(connection.secret.view()))
    context_.requests.end_joins(connection.id, leave_of(connection, lost));
  while (!connection.memberships.empty()) {
    Membership& membership = connection.memberships.front();
    context_.receipts.note(connection, membership);
    const std::uint64_t room = membership.room;
    if (!membership.leaving) post_leave(connection, 0, room, lost);
    drop(connection, room);
  }
}

void Memberships::set_subscription(Connection& connection, const Frame& frame, bool wanted) {
  const std::uint64_t req = frame.integers[0], event = frame.integers[2];
  const CatalogueView& catalogue = context_.config.catalogue;
  const Membership* membership = connection.membership(frame.integers[1]);
  if (membership == nullptr || membership->leaving) return refuse(connection, req, "subscribe", {ErrorCode::not_joined, {}, {}});
  if (event > catalogue.event_count())
    return refuse(connection, req, "subscribe", {ErrorCode::event_unknown, std::to_string(event), {}});
  context_.fanout.flush(*membership->local);
  Member& member = member_of(*membership);
  EventMask& wants = member.wants;
  bool is_other = false;
  if (event == 0) {
    is_other = !wanted || !wants.contains_all(membership->local->rules->events.size());
    wants.set_all(wanted);
  } else {
    const auto index = static_cast<std::uint32_t>(event - 1);
    const auto slot = membership->local->rules->slot_of(index);
    if (!slot)
      return refuse(connection, req, "subscribe", {ErrorCode::event_not_allowed, std::string(catalogue.event(index).name), {}});
    is_other = wants.contains(*slot) != wanted;
    wants.set(*slot, wanted);
  }
  if (is_other) {
    member.selection = Selection::changed;
    member.selected_at = membership->local->head;
  }
  context_.answer(connection, reply_frame(req, "{}"));
}

}  // namespace dialogue::core
