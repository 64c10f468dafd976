// A page is read after the request, so its right is judged twice.
#include "server/core/session/member_requests.hpp"

#include <memory>
#include <utility>

#include "server/core/access/access.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/session/hook_client.hpp"

namespace dialogue::core {
namespace {

constexpr std::uint8_t kHistoryPagesMax = 8;  ///< of one connection at a time
constexpr std::uint64_t kPagesRetryMs = 100;  ///< what is over that may come again after this

}  // namespace

void MemberRequests::history(Connection& connection, const Frame& frame) const {
  const std::uint64_t req = frame.integers[0], limit = frame.integers[3], direction = frame.integers[4];
  const Membership* membership = connection.membership(frame.integers[1]);
  if (membership == nullptr || membership->leaving)
    return memberships_.refuse(connection, req, "history", {ErrorCode::not_joined, {}, {}});
  if (limit == 0 || limit > kPageEventsMax || direction > 1)
    return memberships_.refuse(connection, req, "history",
                               {ErrorCode::request_invalid, "limit is 1 to 100, direction 0 or 1", {}});
  if (connection.history_pages == kHistoryPagesMax)
    return memberships_.refuse(connection, req, "history", {ErrorCode::rate_limited, {}, {}}, kPagesRetryMs);
  ++connection.history_pages;
  ReadLog read;
  read.from = context_.address_of(connection);
  read.room = membership->room;
  read.from_seq = frame.integers[2];
  read.req = req;
  read.limit = limit;
  read.membership = membership->ticket;
  read.backwards = direction == 0;
  if (membership->narrowing && membership->narrowing->is_unasked)
    ask_application(connection, membership->local->id, std::move(read));
  else
    post(connection, *membership, std::move(read));
}

void MemberRequests::post(const Connection& connection, const Membership& membership, ReadLog&& read) const {
  read.identity = connection.identity_in(membership);
  read.history_from = membership.history_from();
  context_.requests.begin({RequestKind::history, connection.id, read.req}, context_.effects.now().monotonic_ms);
  context_.effects.post(owner_of(membership.room, context_.effects.shard_count()), std::move(read));
}

void MemberRequests::ask_application(Connection& connection, const std::string& room_id, ReadLog&& read) const {
  if (connection.asked)
    for (const AskedHistory& each : connection.asked->histories)
      if (each.read.room == read.room && each.read.membership == read.membership)
        return connection.asked->histories.push_back({each.ticket, each.from, std::move(read)});
  AskedHistory asked{0, {}, std::move(read)};
  if (const auto fault = hooks_.on_join(connection, room_id, asked.from))
    return go_on(connection, {std::move(asked)}, {fault->code, fault->argument, {}, {}});
  if (!context_.config.hooks.ask_join) return go_on(connection, {std::move(asked)}, HookVerdict::allow());
  asked.ticket = context_.effects.ask_hook(
      connection.id, 0, {HookVerb::join, connection.identity, std::string(connection.session_id), room_id, {}, {}, {}});
  if (!connection.asked) connection.asked = std::make_unique<PendingHooks>();
  connection.asked->histories.push_back(std::move(asked));
}

bool MemberRequests::hook_answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) const {
  std::vector<AskedHistory> answered;
  if (connection.asked)
    std::erase_if(connection.asked->histories, [&](AskedHistory& each) {
      if (each.ticket == ticket) answered.push_back(std::move(each));
      return each.ticket == ticket;
    });
  if (answered.empty()) return false;
  if (verdict.meta && verdict.allows()) replace_meta(context_, connection, *verdict.meta);
  go_on(connection, std::move(answered), verdict);
  return true;
}

void MemberRequests::go_on(Connection& connection, std::vector<AskedHistory> asked, const HookVerdict& verdict) const {
  Membership* const membership = connection.membership(asked.front().read.room, asked.front().read.membership);
  const bool is_here = membership != nullptr && !membership->leaving;
  const bool is_final = verdict.allows() || !error_row(verdict.code).retryable;
  if (is_here && is_final && membership->narrowing && std::exchange(membership->narrowing->is_unasked, false) &&
      verdict.allows()) {
    const HistoryFrom from = narrower(asked.front().from, verdict.history_from.value_or(HistoryFrom{}));
    membership->narrowing->history_from = first_readable(from, membership->local->epoch, membership->local->head);
  }
  for (AskedHistory& each : asked) {
    if (is_here && is_final) {
      post(connection, *membership, std::move(each.read));
      continue;
    }
    --connection.history_pages;
    const Error fault = is_here ? Error{verdict.code, verdict.reason, {}} : Error{ErrorCode::not_joined, {}, {}};
    memberships_.refuse(connection, each.read.req, "history", fault);
  }
}

void MemberRequests::handle(HistoryResponse&& answer) const {
  if (context_.requests.answered({RequestKind::history, answer.to, answer.req})) finish(answer);
}

void MemberRequests::expired(const RequestKey& key) const {
  finish({key.connection, key.number, 0, 0, {ErrorCode::store_unavailable, {}, {}}});
}

void MemberRequests::finish(const HistoryResponse& answer) const {
  Connection* connection = context_.connections.find(answer.to);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  --connection->history_pages;
  if (answer.fault.code == ErrorCode::ok)
    if (const auto fault = lost_right(*connection, answer))
      return memberships_.refuse(*connection, answer.req, "history", *fault);
  context_.answer(*connection, history_frame(answer));
}

std::optional<Error> MemberRequests::lost_right(Connection& connection, const HistoryResponse& page) {
  const Membership* const membership = connection.membership(page.room, page.membership);
  if (membership == nullptr) return Error{ErrorCode::not_joined, {}, {}};
  const LocalRoom& room = *membership->local;
  auto missing = missing_right(room.rules->definition, room.id, Right::history, *connection.identity_in(*membership));
  return missing ? std::optional(Error{ErrorCode::forbidden, std::move(*missing), {}}) : std::nullopt;
}

void MemberRequests::set_subscription(Connection& connection, const Frame& frame, bool wanted) const {
  const std::uint64_t req = frame.integers[0], event = frame.integers[2];
  const CatalogueView& catalogue = context_.config.catalogue;
  const Membership* membership = connection.membership(frame.integers[1]);
  if (membership == nullptr || membership->leaving)
    return memberships_.refuse(connection, req, "subscribe", {ErrorCode::not_joined, {}, {}});
  if (event > catalogue.event_count())
    return memberships_.refuse(connection, req, "subscribe", {ErrorCode::event_unknown, std::to_string(event), {}});
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
      return memberships_.refuse(connection, req, "subscribe",
                                 {ErrorCode::event_not_allowed, std::string(catalogue.event(index).name), {}});
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
