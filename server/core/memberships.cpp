// A join that was granted after its connection ended is given back to the home; a leave never waits for the client.
#include "server/core/memberships.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/core/access.hpp"
#include "server/core/frame_text.hpp"
#include "server/core/hello.hpp"
#include "server/core/hook_client.hpp"
#include "server/core/shard.hpp"
#include "shared/names.hpp"

namespace dialogue {
namespace {

constexpr std::uint8_t kHistoryPagesMax = 8;  ///< of one connection at a time

}  // namespace

void Memberships::refuse(Connection& connection, std::uint64_t req, std::string_view request, const Fault& fault) const {
  if (req != 0) context_.answer(connection, refusal_frame(req, fault));
  context_.outbox.log(LogLevel::info, "refused",
                      {{"request", request}, {"code", error_name(fault.code)}, {"session", connection.session_id}});
}

void Memberships::join(Connection& connection, const Frame& frame) {
  const std::uint64_t req = frame.integers[0], start = frame.integers[1];
  if (start > static_cast<std::uint64_t>(JoinFrom::since))
    return refuse(connection, req, "join", {ErrorCode::request_invalid, "from_kind is 0, 1 or 2", {}});
  if (!is_name(frame.string)) return refuse(connection, req, "join", {ErrorCode::name_invalid, {}, {}});
  auto options = read_join_options(context_.config.catalogue, frame.payload);
  if (const Fault* fault = std::get_if<Fault>(&options)) return refuse(connection, req, "join", *fault);
  start_join(connection,
             Join{context_.address_of(connection), req, frame.string, connection.identity, static_cast<JoinFrom>(start),
                  frame.integers[2], frame.integers[3], std::get<JoinEvents>(std::move(options)), false, connection.resumes});
}

void Memberships::join_for_application(Connection& connection, const std::string& room_id) {
  if (!is_name(room_id)) return refuse(connection, 0, "join", {ErrorCode::name_invalid, {}, {}});
  start_join(
      connection,
      Join{context_.address_of(connection), 0, room_id, connection.identity, JoinFrom::tail, 0, 0, std::nullopt, true, {}});
}

std::optional<Fault> Memberships::refusal(Connection& connection, const Join& join) const {
  const auto& rooms = connection.memberships;
  const auto& pending = connection.pending_joins;
  const auto is_here = [&join](const Membership& m) { return !m.leaving && m.local->id == join.room_id; };
  if (std::any_of(rooms.begin(), rooms.end(), is_here) ||
      std::find(pending.begin(), pending.end(), join.room_id) != pending.end())
    return Fault{ErrorCode::already_joined, {}, {}};
  const ClientLimits& limits = context_.config.definitions.client_limits;
  const std::size_t rooms_max =
      std::min<std::uint64_t>(context_.config.limits.rooms_per_connection_max, limits.rooms.value_or(kSafeIntegerMax));
  if (rooms.size() + pending.size() >= rooms_max) return Fault{ErrorCode::too_many_rooms, std::to_string(rooms_max), {}};
  if (join.trusted) return std::nullopt;
  if (const auto limit = per_second(limits.joins_per_second)) {
    const std::uint64_t now_ms = context_.outbox.now().monotonic_ms;
    if (connection.joined.wait_ms(*limit, now_ms) > 0) return Fault{ErrorCode::rate_limited, {}, {}};
    connection.joined.take(*limit, now_ms);
  }
  if (auto missing = missing_in_token(join.room_id, Right::join, *connection.identity))
    return Fault{ErrorCode::forbidden, std::move(*missing), {}};
  // The home judges access; what the configuration alone forbids does not get as far as the application's hook.
  if (const RulesPtr rules = home_.predefined(join.room_id))
    if (auto missing = missing_right(rules->definition, join.room_id, Right::join, *connection.identity))
      return Fault{ErrorCode::forbidden, std::move(*missing), {}};
  return hooks_.on_join(connection, join.room_id);
}

void Memberships::start_join(Connection& connection, Join&& join) {
  if (const auto fault = refusal(connection, join)) return refuse(connection, join.req, "join", *fault);
  connection.pending_joins.push_back(join.room_id);
  if (join.trusted || !context_.config.hooks.ask_join) return post_join(connection, std::move(join));
  const std::uint64_t ticket = context_.outbox.ask_hook(
      connection.id, 0, {HookVerb::join, connection.identity, connection.session_id, join.room_id, {}, {}, {}});
  if (!connection.asked) connection.asked = std::make_unique<Asked>();
  connection.asked->joins.push_back({ticket, std::move(join)});
}

void Memberships::post_join(const Connection& connection, Join&& join) const {
  join.identity = connection.identity;  // a hook may have changed its meta
  const std::uint32_t home = shard_of(join.room_id, context_.outbox.shard_count());
  context_.outbox.post(home, std::move(join));
}

bool Memberships::hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) {
  if (!connection.asked) return false;
  auto& joins = connection.asked->joins;
  const auto asked = std::find_if(joins.begin(), joins.end(), [ticket](const AskedJoin& each) { return each.ticket == ticket; });
  if (asked == joins.end()) return false;
  Join join = std::move(asked->join);
  joins.erase(asked);
  if (verdict.meta) replace_meta(context_, connection, *verdict.meta);
  if (verdict.allows()) {
    post_join(connection, std::move(join));
  } else {
    std::erase(connection.pending_joins, join.room_id);
    refuse(connection, join.req, "join", {verdict.code, std::move(verdict.reason), {}});
  }
  return true;
}

void Memberships::handle(JoinAnswer&& answer) {
  Connection* connection = context_.connections.find(answer.to);
  const Admission* admission = std::get_if<Admission>(&answer.result);
  if (connection == nullptr || connection->state != SessionState::ready) {
    if (admission != nullptr)
      context_.outbox.post(shard_of(answer.room_id, context_.outbox.shard_count()),
                           Leave{{context_.outbox.shard(), answer.to}, 0, admission->room, answer.identity, {}, false});
    return;
  }
  std::erase(connection->pending_joins, answer.room_id);
  if (admission == nullptr) return refuse(*connection, answer.req, "join", std::get<Fault>(answer.result));
  context_.fanout.add(*connection, answer, *admission);
  context_.answer(*connection, admission->joined);
  context_.outbox.log(LogLevel::info, "joined",
                      {{"session", connection->session_id}, {"user", connection->user_id()}, {"room", answer.room_id}});
  const std::uint64_t room = admission->room;
  hooks_.on_joined(*connection, answer.room_id);
  if (const Membership* membership = connection->membership(room)) catch_up_.read_on(*connection, *membership);
}

void Memberships::history(Connection& connection, const Frame& frame) {
  const std::uint64_t req = frame.integers[0], limit = frame.integers[3], direction = frame.integers[4];
  const Membership* membership = connection.membership(frame.integers[1]);
  if (membership == nullptr || membership->leaving) return refuse(connection, req, "history", {ErrorCode::not_joined, {}, {}});
  if (limit == 0 || limit > kPageEventsMax || direction > 1)
    return refuse(connection, req, "history", {ErrorCode::request_invalid, "limit is 1 to 100, direction 0 or 1", {}});
  if (connection.history_pages == kHistoryPagesMax) return refuse(connection, req, "history", {ErrorCode::rate_limited, {}, {}});
  ++connection.history_pages;
  ReadLog letter;
  letter.from = context_.address_of(connection);
  letter.room = membership->room;
  letter.from_seq = frame.integers[2];
  letter.req = req;
  letter.limit = limit;
  letter.backwards = direction == 0;
  letter.identity = connection.identity;
  context_.outbox.post(home_of(membership->room, context_.outbox.shard_count()), std::move(letter));
}

void Memberships::handle(HistoryAnswer&& answer) {
  Connection* connection = context_.connections.find(answer.to);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  --connection->history_pages;
  context_.answer(*connection, std::move(answer.reply));
}

void Memberships::post_leave(const Connection& connection, std::uint64_t req, std::uint64_t room, Loss lost) const {
  Leave leave{context_.address_of(connection), req, room, connection.identity, {}, lost == Loss::silence};
  if (lost != Loss::none) leave.session = connection.secret;
  context_.outbox.post(home_of(room, context_.outbox.shard_count()), std::move(leave));
}

void Memberships::leave(Connection& connection, const Frame& frame) {
  const std::uint64_t req = frame.integers[0], room = frame.integers[1];
  Membership* membership = connection.membership(room);
  if (membership == nullptr || membership->leaving) return refuse(connection, req, "leave", {ErrorCode::not_joined, {}, {}});
  membership->leaving = true;
  post_leave(connection, req, room);
}

void Memberships::drop(Connection& connection, std::uint64_t room) {
  const Membership* membership = connection.membership(room);
  if (membership == nullptr) return;
  const std::string room_id = membership->local->id;
  context_.fanout.remove(connection, room);
  context_.outbox.log(LogLevel::info, "left",
                      {{"session", connection.session_id}, {"user", connection.user_id()}, {"room", room_id}});
  hooks_.on_leave(connection, room_id);
}

void Memberships::handle(LeaveAnswer&& answer) {
  Connection* connection = context_.connections.find(answer.to);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  if (const Membership* membership = connection->membership(answer.room)) context_.fanout.flush(*membership->local);
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
    context_.answer(*connection, left);
    drop(*connection, ended.room);
  }
}

std::size_t Memberships::expel(Connection& connection, std::string_view room_id) {
  return expel_if(connection, [&](const LocalRoom& room) { return room_id.empty() || room.id == room_id; });
}

void Memberships::end_forbidden(Connection& connection, const Identity& before) {
  expel_if(connection, [&](const LocalRoom& room) {
    const auto misses = [&room](const Identity& identity) {
      return missing_right(room.rules->definition, room.id, Right::join, identity).has_value();
    };
    return !misses(before) && misses(*connection.identity);
  });
}

template <typename Wanted>
std::size_t Memberships::expel_if(Connection& connection, const Wanted& wanted) {
  std::vector<std::uint64_t> rooms;
  for (const Membership& membership : connection.memberships)
    if (!membership.leaving && wanted(*membership.local)) rooms.push_back(membership.room);
  context_.fanout.flush_rooms_of(connection);
  for (const std::uint64_t room : rooms) {
    post_leave(connection, 0, room);
    context_.answer(connection, left_frame(0, room, ErrorCode::forbidden));
    drop(connection, room);
  }
  return rooms.size();
}

void Memberships::abandon_all(Connection& connection, Loss lost) {
  while (!connection.memberships.empty()) {
    const Membership membership = connection.memberships.front();
    if (!membership.leaving) post_leave(connection, 0, membership.room, lost);
    drop(connection, membership.room);
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
  Subscription& wants = member_of(*membership).wants;
  if (event == 0) {
    wants.set_all(wanted);
  } else {
    const auto index = static_cast<std::uint32_t>(event - 1);
    const auto slot = membership->local->rules->slot_of(index);
    if (!slot)
      return refuse(connection, req, "subscribe", {ErrorCode::event_not_allowed, std::string(catalogue.event(index).name), {}});
    wants.set(*slot, wanted);
  }
  context_.answer(connection, reply_frame(req, "{}"));
}

}  // namespace dialogue
