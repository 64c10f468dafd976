// Being in a room, and ceasing to: a leave never waits for the client. memberships_join.cpp is how it begins.
#include "server/core/session/memberships.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/core/access/access.hpp"
#include "server/core/connection/session_secret.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/messages/handles.hpp"

namespace dialogue::core {
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

void Memberships::expired(const RequestKey& key) {
  const Error fault{ErrorCode::store_unavailable, {}, {}};
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

Join Memberships::join_of(const Connection& connection, std::uint64_t req, std::string room_id) const {
  Join join;
  join.from = context_.address_of(connection);
  join.req = req;
  join.room_id = std::move(room_id);
  join.identity = connection.identity;
  join.transport = connection.transport;
  if (!connection.resumes().empty())
    join.resumption =
        std::make_unique<Resumption>(Resumption{std::string(connection.resumes()), std::string(connection.secret.view()), {}});
  return join;
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
  refuse_pending(connection, membership->local->id, {ErrorCode::not_joined, {}, {}});
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
    if (Membership* membership = connection->membership(ended.room)) {
      context_.receipts.note(*connection, *membership);
      if (!membership->leaving) refuse_pending(*connection, membership->local->id, {ended.code, {}, {}});
    }
    context_.answer(*connection, left);
    drop(*connection, ended.room);
  }
}

std::size_t Memberships::expel(Connection& connection, std::string_view room_id) {
  return expel_if(connection, ErrorCode::forbidden,
                  [&](const Membership& each) { return room_id.empty() || each.local->id == room_id; });
}

std::size_t Memberships::remove(Connection& connection, std::string_view room_id) {
  const auto is_meant = [room_id](std::string_view room) { return room_id.empty() || room == room_id; };
  if (connection.asked)
    std::erase_if(connection.asked->commands, [&](const HookCommand& command) {
      return command.kind == HookCommand::Kind::join && is_meant(command.room_id);
    });
  const std::size_t members = expel(connection, room_id);
  const std::span<const std::string> pending = connection.pending_joins();
  std::size_t joining = 0;
  for (const std::string& room : std::vector(pending.begin(), pending.end()))
    if (is_meant(room) && refuse_pending(connection, room, {ErrorCode::forbidden, "the application has removed you", {}}))
      ++joining;
  return members + joining;
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
    refuse_pending(connection, connection.membership(room)->local->id, {ErrorCode::not_joined, {}, {}});
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

}  // namespace dialogue::core
