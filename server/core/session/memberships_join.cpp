// From JOIN to JOINED: what costs little is judged first, then its token, then the application is asked, and the room's owner
// shard at last. A join that was granted after its connection ended is given back to the owner shard.
#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/core/access/access.hpp"
#include "server/core/connection/hello.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/room/permission.hpp"
#include "server/core/session/hook_client.hpp"
#include "server/core/session/memberships.hpp"
#include "shared/base/names.hpp"

namespace dialogue::core {

namespace {

/// Whether a denial by the application withholds only what precedes the membership: if the JOIN continues it. The member stays.
bool is_denied(Join& join, ErrorCode code, const Membership* here) {
  if (here == nullptr || error_row(code).retryable) return false;
  join.is_denied = true;
  join.history_from = narrower(join.history_from, {here->started + 1, 0});
  return true;
}

/// Whether the application is asked about joins.
bool has_join_hook(const Hooks& hooks) { return hooks.on_join || hooks.ask_join; }

void keep_asked(Connection& connection, AskedJoin&& asked) {
  if (!connection.asked) connection.asked = std::make_unique<PendingHooks>();
  connection.asked->joins.push_back(std::move(asked));
}

/// The join with this ticket, if any; with 0 the one that waits for the application's join of the room.
std::optional<AskedJoin> take_asked(Connection& connection, std::uint64_t ticket, std::string_view room_id = {}) {
  if (!connection.asked) return std::nullopt;
  auto& joins = connection.asked->joins;
  const auto found = std::find_if(joins.begin(), joins.end(), [&](const AskedJoin& each) {
    return each.ticket == ticket && (ticket != 0 || each.join.room_id == room_id);
  });
  if (found == joins.end()) return std::nullopt;
  std::optional<AskedJoin> asked = std::move(*found);
  joins.erase(found);
  return asked;
}

/// The join in this room that waits for the verdict on its token, or for the application's.
std::optional<AskedJoin> take_asked_in(Connection& connection, std::string_view room_id) {
  if (!connection.asked) return std::nullopt;
  for (const AskedJoin& each : connection.asked->joins)
    if (each.ticket != 0 && each.join.room_id == room_id) return take_asked(connection, each.ticket);
  return std::nullopt;
}

}  // namespace

void Memberships::join(Connection& connection, const Frame& frame) {
  const std::uint64_t req = frame.integers[0], start = frame.integers[1];
  if (start > kReleasePlace) return refuse(connection, req, "join", {ErrorCode::request_invalid, "from_kind is 0 to 4", {}});
  if (!is_name(frame.string)) return refuse(connection, req, "join", {ErrorCode::name_invalid, {}, {}});
  if (start == kReleasePlace) return release_place(connection, req, frame.string);
  auto read = read_join_options(context_.config.catalogue, frame.payload);
  if (const Error* fault = std::get_if<Error>(&read)) return refuse(connection, req, "join", *fault, 0, frame.string);
  JoinOptions& options = std::get<JoinOptions>(read);
  Join join = join_of(connection, req, frame.string);
  join.start = static_cast<JoinFrom>(start);
  join.epoch = frame.integers[2];
  join.seq = frame.integers[3];
  join.events = std::move(options.events);
  join.may_be_unlisted = options.is_matched;
  if (!options.filter.empty()) {
    const auto filter = context_.filters.read(options.filter);
    if (const Error* fault = std::get_if<Error>(&filter)) return refuse(connection, req, "join", *fault, 0, frame.string);
    join.filter = std::move(options.filter);
  }
  start_join(connection, std::move(join), std::move(options.token));
}

// A JOIN of this connection that came before has taken the place.
void Memberships::release_place(Connection& connection, std::uint64_t req, const std::string& room_id) const {
  const bool is_taken = is_pending(connection, room_id) || connection.membership_in(room_id) != nullptr;
  if (connection.resumes().empty() || is_taken) return context_.answer(connection, reply_frame(req, "{}"));
  if (connection.verdicts && connection.verdicts->releases == kRoomsPerConnectionMax)
    return refuse(connection, req, "join", {ErrorCode::too_many_rooms, std::to_string(kRoomsPerConnectionMax), {}});
  ++connection.pending_verdicts().releases;
  Join release = join_of(connection, req, room_id);
  release.is_release = true;
  post_join(connection, std::move(release));
}

void Memberships::join_for_application(Connection& connection, const std::string& room_id, std::uint64_t newest) {
  if (!is_name(room_id)) return refuse(connection, 0, "join", {ErrorCode::name_invalid, {}, {}});
  Join join = join_of(connection, 0, room_id);
  join.start = newest == 0 ? JoinFrom::tail : JoinFrom::last;
  join.seq = newest;
  join.trusted = true;
  start_join(connection, std::move(join), {});
}

bool Memberships::is_pending(const Connection& connection, std::string_view room_id) {
  const std::span<const std::string> pending = connection.pending_joins();
  return std::find(pending.begin(), pending.end(), room_id) != pending.end();
}

void Memberships::settle(Connection& connection, std::string_view room_id) {
  if (connection.verdicts) std::erase(connection.verdicts->joins, room_id);
  connection.verdict_used();
}

std::optional<Error> Memberships::refusal(Connection& connection, const Join& join, bool has_token,
                                          std::uint64_t& wait_ms) const {
  const Membership* here = connection.membership_in(join.room_id);
  const bool is_here = here != nullptr && !here->leaving, is_renewal = join.start == JoinFrom::member;
  if (is_renewal && !has_token) return Error{ErrorCode::request_invalid, "JOIN: token is missing", {}};
  if (is_renewal && !is_here) return Error{ErrorCode::not_joined, {}, {}};
  if (is_pending(connection, join.room_id) || (is_here && !is_renewal && !join.continues))
    return Error{ErrorCode::already_joined, {}, {}};
  const ClientLimits& limits = context_.config.definitions.client_limits;
  const std::size_t rooms_max =
      std::min<std::uint64_t>(context_.config.limits.rooms_per_connection_max, limits.rooms.value_or(kSafeIntegerMax));
  if (!is_here && connection.memberships.size() + connection.pending_joins().size() >= rooms_max) {
    context_.effects.metrics().count(metrics::Metric::limit_hits_total, metrics::LimitKind::rooms_per_connection);
    return Error{ErrorCode::too_many_rooms, std::to_string(rooms_max), {}};
  }
  if (join.trusted) return std::nullopt;
  const auto is_over = [&](RateMeter& meter, const RateLimit& limit, metrics::LimitKind kind) {
    const std::uint64_t now_ms = context_.effects.now().monotonic_ms;
    wait_ms = meter.wait_ms(limit, now_ms);
    if (wait_ms == 0) meter.take(limit, now_ms);
    if (wait_ms > 0) context_.effects.metrics().count(metrics::Metric::limit_hits_total, kind);
    return wait_ms > 0;
  };
  const auto joins = per_second(limits.joins_per_second);
  if ((joins && is_over(connection.joined, *joins, metrics::LimitKind::join)) ||
      (has_token && is_over(connection.reads, read_limit(context_.config), metrics::LimitKind::read)))
    return Error{ErrorCode::rate_limited, {}, {}};
  if (join.continues) return std::nullopt;
  if (auto missing = missing_in_token(join.room_id, Right::join, *connection.identity))
    return Error{ErrorCode::forbidden, std::move(*missing), {}};
  return std::nullopt;
}

bool Memberships::waits_for_application(Connection& connection, Join& join, std::string& token) const {
  if (!context_.requests.waits({RequestKind::join, connection.id, 0, join.room_id})) return false;
  const auto is_of_room = [&](const AskedJoin& each) { return each.join.room_id == join.room_id; };
  if (connection.asked && std::any_of(connection.asked->joins.begin(), connection.asked->joins.end(), is_of_room)) return false;
  keep_asked(connection, {0, std::move(join), std::move(token)});
  return true;
}

void Memberships::application_joined(Connection& connection, std::string_view room_id) {
  std::optional<AskedJoin> waiting = take_asked(connection, 0, room_id);
  if (!waiting) return;
  waiting->join.identity = connection.identity;
  start_join(connection, std::move(waiting->join), std::move(waiting->token));
}

void Memberships::resume(Connection& connection, std::string_view room_id) const {
  const Membership* const membership = connection.membership_in(room_id);
  if (membership == nullptr || !member_of(*membership).is_held) return;
  Fanout::resume(*membership);
  catch_up_.read_on(connection, *membership);
}

void Memberships::start_join(Connection& connection, Join&& join, std::string&& token) {
  Membership* const here = join.trusted || join.start == JoinFrom::member ? nullptr : connection.membership_in(join.room_id);
  join.continues = here != nullptr && !here->leaving && member_of(*here).by_application;
  if (!join.trusted && join.start != JoinFrom::member && waits_for_application(connection, join, token)) return;
  std::uint64_t wait_ms = 0;
  if (const auto fault = refusal(connection, join, !token.empty(), wait_ms))
    return refuse(connection, join.req, "join", *fault, wait_ms, join.room_id);
  connection.pending_verdicts().joins.push_back(join.room_id);
  if (join.continues) {
    join.resumption.reset();  // the application's join has taken the place
    context_.fanout.hold(*here);
  }
  if (token.empty()) return go_on(connection, std::move(join));
  IdentityQuestion question{{std::move(token), {}}, {}, 0, context_.effects.now().unix_ms};
  const std::uint64_t ticket = context_.effects.ask_room_token(connection.id, std::move(question));
  keep_asked(connection, {ticket, std::move(join)});
}

void Memberships::token_judged(Connection& connection, std::uint64_t ticket, AuthResult&& result) {
  std::optional<AskedJoin> asked = take_asked(connection, ticket);
  if (!asked) return;
  Join& join = asked->join;
  auto read = facts_of(std::move(result), connection.user_id());
  if (const Error* fault = std::get_if<Error>(&read)) return turn_away(connection, join, *fault);
  auto& token = std::get<std::shared_ptr<const TokenFacts>>(read);
  if (says_the_same(*token, connection.identity->token.get()))
    return turn_away(connection, join, {ErrorCode::token_invalid, "it is the session's own token, not one for this room", {}});
  if (const auto code = connection.revoked_meanwhile(connection.user_id(), token.get()))
    return turn_away(connection, join, {*code, {}, {}});
  join.identity = narrowed(connection.identity, std::move(token));
  if (auto missing = missing_in_token(join.room_id, Right::join, *join.identity))
    return turn_away(connection, join, {ErrorCode::forbidden, std::move(*missing), {}});
  if (join.start != JoinFrom::member) return go_on(connection, std::move(join));
  Membership* here = connection.membership_in(join.room_id);
  if (here == nullptr || here->leaving) return turn_away(connection, join, {ErrorCode::not_joined, {}, {}});
  const std::shared_ptr<const Identity> before = connection.identity_in(*here);
  if (auto missing = lost_right(here->local->rules->definition, join.room_id, Right::join, *before, *join.identity))
    return turn_away(connection, join, {ErrorCode::forbidden, std::move(*missing), {}});
  connection.narrow(*here, join.identity->room_token, context_.effects.now());
  settle(connection, join.room_id);
  context_.answer(connection, reply_frame(join.req, "{}"));
  judge(connection, here->room, *before);
}

void Memberships::turn_away(Connection& connection, const Join& join, const Error& fault) const {
  settle(connection, join.room_id);
  refuse(connection, join.req, "join", fault, 0, join.room_id);
  resume(connection, join.room_id);
}

void Memberships::go_on(Connection& connection, Join&& join) {
  if (join.trusted) return post_join(connection, std::move(join));
  const Membership* const here = join.continues ? connection.membership_in(join.room_id) : nullptr;
  const RulesPtr rules = here != nullptr ? here->local->rules : owner_.predefined(join.room_id);
  if (rules && (here != nullptr || !rules->is_pattern)) {  // a pattern's room may have been made with rules of its own
    if (const auto fault = join_refusal(join, *rules, context_.config.catalogue)) return turn_away(connection, join, *fault);
    return ask_application(connection, std::move(join));
  }
  if (!has_join_hook(context_.config.hooks)) return post_join(connection, std::move(join));
  context_.requests.begin({RequestKind::join, connection.id, join.req, join.room_id}, context_.effects.now().monotonic_ms);
  const std::uint32_t owner = shard_of(join.room_id, context_.effects.shard_count());
  context_.effects.post(owner, JoinQuestion{std::move(join)});
}

void Memberships::handle(JoinPermitted&& permitted) {
  Join& join = permitted.join;
  if (!context_.requests.answered({RequestKind::join, join.from.connection, join.req, join.room_id})) return;
  Connection* const connection = context_.connections.find(join.from.connection);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  join.identity = narrowed(connection->identity, join.identity->room_token);
  if (auto missing = missing_in_token(join.room_id, Right::join, *join.identity))
    turn_away(*connection, join, {ErrorCode::forbidden, std::move(*missing), {}});
  else
    ask_application(*connection, std::move(join));
  wake_commands(*connection);
}

void Memberships::wake_commands(const Connection& connection) const {
  if (connection.asked && !connection.asked->commands.empty())
    context_.effects.post(context_.effects.shard(), HookCommandsReady{connection.id});
}

void Memberships::ask_application(Connection& connection, Join&& join) {
  const Membership* const here = join.continues ? connection.membership_in(join.room_id) : nullptr;
  if (const auto fault = hooks_.on_join(connection, join.room_id, join.history_from);
      fault && !is_denied(join, fault->code, here))
    return turn_away(connection, join, *fault);
  if (!context_.config.hooks.ask_join) return post_join(connection, std::move(join));
  const std::uint64_t ticket = context_.effects.ask_hook(
      connection.id, 0, {HookVerb::join, join.identity, std::string(connection.session_id), join.room_id, {}, {}, {}});
  keep_asked(connection, {ticket, std::move(join)});
}

void Memberships::post_join(const Connection& connection, Join&& join) const {
  join.identity = narrowed(connection.identity, join.identity->room_token);  // a hook may have changed its meta
  // The join passes the shard of the session that it resumes, so that the end of that session precedes it there.
  const std::uint32_t count = context_.effects.shard_count();
  const auto place = join.resumption ? place_of_session(join.resumption->lost, count) : std::nullopt;
  const std::uint32_t next = place ? place->shard : shard_of(join.room_id, count);
  const RequestKind kind = join.is_release ? RequestKind::release : RequestKind::join;
  context_.requests.begin({kind, connection.id, join.req, join.room_id}, context_.effects.now().monotonic_ms);
  context_.effects.post(next, std::move(join));
}

bool Memberships::refuse_pending(Connection& connection, const std::string& room_id, const Error& fault) {
  const auto refuse_it = [&](std::uint64_t req) { refuse(connection, req, "join", fault, 0, room_id); };
  const bool is_one_pending = is_pending(connection, room_id);
  if (is_one_pending) {
    const std::optional<AskedJoin> asked = take_asked_in(connection, room_id);
    const std::optional<std::uint64_t> req = asked ? asked->join.req : context_.requests.end_join(connection.id, room_id);
    if (!req) return false;
    settle(connection, room_id);
    refuse_it(*req);
  }
  const std::optional<AskedJoin> behind = take_asked(connection, 0, room_id);  // it waits for the application's join
  if (behind) refuse_it(behind->join.req);
  wake_commands(connection);
  return is_one_pending || behind;
}

bool Memberships::hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) {
  std::optional<AskedJoin> asked = take_asked(connection, ticket);
  if (!asked) return false;
  Join& join = asked->join;
  if (verdict.meta && verdict.allows()) replace_meta(context_, connection, *verdict.meta);
  if (verdict.history_from) join.history_from = narrower(join.history_from, *verdict.history_from);
  const Membership* const here = join.continues ? connection.membership_in(join.room_id) : nullptr;
  if (verdict.allows() || is_denied(join, verdict.code, here))
    post_join(connection, std::move(join));
  else
    turn_away(connection, join, {verdict.code, std::move(verdict.reason), {}});
  return true;
}

void Memberships::give_back(const JoinResponse& answer, const Admission& admission, const Leave* leave) const {
  if (answer.continues) return;
  Leave given = leave != nullptr ? *leave : Leave{};
  given.from = {context_.effects.shard(), answer.to};
  given.room = admission.room;
  given.identity = answer.identity;
  context_.effects.post(shard_of(answer.room_id, context_.effects.shard_count()), std::move(given));
}

void Memberships::released(Connection* connection, const JoinResponse& answer) const {
  if (connection == nullptr || connection->state != SessionState::ready) return;
  --connection->pending_verdicts().releases;
  connection->verdict_used();
  const Error& fault = std::get<Error>(answer.result);
  if (fault.code != ErrorCode::ok) return refuse(*connection, answer.req, "join", fault, 0, answer.room_id);
  context_.answer(*connection, reply_frame(answer.req, "{}"));
}

void Memberships::handle(JoinResponse&& answer) {
  Connection* connection = context_.connections.find(answer.to);
  if (context_.requests.answered({RequestKind::release, answer.to, answer.req, answer.room_id}))
    return released(connection, answer);
  std::unique_ptr<const Leave> leave;
  const bool is_late = !context_.requests.answered({RequestKind::join, answer.to, answer.req, answer.room_id}, &leave);
  if (is_late || connection == nullptr || connection->state != SessionState::ready) {
    if (const auto* const admission = std::get_if<Admission>(&answer.result)) give_back(answer, *admission, leave.get());
    return;
  }
  join_answered(*connection, answer);
  resume(*connection, answer.room_id);
  if (answer.req == 0) application_joined(*connection, answer.room_id);
}

void Memberships::join_answered(Connection& connection, JoinResponse& answer) {
  const auto revoked = connection.revoked_meanwhile(connection.user_id(), answer.identity->room_token.get());
  settle(connection, answer.room_id);
  const auto refuse_it = [&](const Error& fault) { refuse(connection, answer.req, "join", fault, 0, answer.room_id); };
  if (const Error* const fault = std::get_if<Error>(&answer.result)) return refuse_it(*fault);
  Admission& admission = std::get<Admission>(answer.result);
  Membership* const here = answer.continues ? connection.membership(admission.room) : nullptr;
  if (answer.continues && (here == nullptr || here->leaving)) return refuse_it({ErrorCode::not_joined, {}, {}});
  if (revoked) {
    give_back(answer, admission);
    return refuse_it({*revoked, {}, {}});
  }
  // The identity may have changed while the owner shard was asked.
  const std::shared_ptr<const Identity> now = narrowed(connection.identity, answer.identity->room_token);
  const auto lost = [&](Right right) {
    return lost_right(admission.rules->definition, answer.room_id, right, *answer.identity, *now);
  };
  if (auto missing = lost(Right::join)) {
    give_back(answer, admission);
    return refuse_it({ErrorCode::forbidden, std::move(*missing), {}});
  }
  if (PresenceSnapshot& presence = admission.presence; lost(Right::presence)) {
    if (!presence.occupancy) presence = {{}, presence.members.size()};
    admission.sees_members = false;
  }
  std::shared_ptr<SharedFilter> filter;
  if (!answer.filter.empty()) filter = std::get<std::shared_ptr<SharedFilter>>(context_.filters.read(answer.filter));
  if (here != nullptr) {
    context_.receipts.note(connection, *here);
    if (admission.history_from != here->history_from()) has_lost_history_ = true;
    if (admission.from == JoinFrom::tail)  // its client may not have read what was sent before
      admission.start = std::max(here->started + 1, admission.history_from) - 1;
    context_.fanout.reposition(connection, *here, answer, admission, std::move(filter));
  } else {
    if (answer.req == 0 && has_join_hook(context_.config.hooks)) {
      admission.history_from = std::max(admission.history_from, admission.start + 1);
      admission.base = std::max(admission.base, admission.history_from);
      admission.is_unasked = true;
    }
    context_.fanout.add(connection, answer, admission, std::move(filter));
  }
  if (answer.req == 0 || admission.from == JoinFrom::tail) admission.head = admission.start;  // events follow after it
  context_.answer(connection, joined_frame(answer.req, answer.room_id, admission));
  if (connection.has_returned && answer.req != 0) context_.config.drain_watch->joined(!admission.restart_reason.empty());
  if (!answer.continues) {
    context_.effects.log(LogLevel::info, "joined",
                         {{"session", connection.session_id}, {"user", connection.user_id()}, {"room", answer.room_id}});
    hooks_.on_joined(connection, answer.room_id);
  }
  judge(connection, admission.room, *answer.identity);
  if (const Membership* membership = connection.membership(admission.room)) catch_up_.read_on(connection, *membership);
}

}  // namespace dialogue::core
