// A refusal that sending again cannot mend travels on to the room's owner shard, where it consumes its number; any other is
// answered.
#include "server/core/session/middleware_chain.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "server/core/effects/guarded.hpp"
#include "server/core/effects/payload_check.hpp"
#include "server/core/util/reason.hpp"

namespace dialogue::core {
namespace {

constexpr std::uint64_t kAskAgainMs = 1000;          ///< when a publication may come again that nobody could judge
constexpr std::size_t kAskedBytesMax = 1024 * 1024;  ///< of payloads of one connection that are asked about

bool is_for(const Middleware& step, const LocalRoom& room) {
  return step.room.empty() || step.room == room.id || step.room == room.rules->definition.id;
}

std::size_t asked_bytes(const Connection& connection) {
  std::size_t bytes = 0;
  if (connection.asked)
    for (const PendingPublish& draft : connection.asked->drafts) bytes += draft.message.payload.size();
  return bytes;
}

std::uint64_t retry_after_ms(const Error& fault) { return error_row(fault.code).retryable ? kAskAgainMs : 0; }

void refuse(PendingPublish& draft, Error fault) {
  if (draft.message.producer && !error_row(fault.code).retryable) {
    draft.message.payload.clear();
    draft.message.refused = std::make_unique<Error>(std::move(fault));
  } else {
    draft.fault = std::move(fault);
  }
}

}  // namespace

void MiddlewareChain::pass(Connection& connection, const LocalRoom& room, Publish&& message) const {
  PendingPublish draft;
  draft.message = std::move(message);
  if (context_.config.hooks.middleware.empty()) return send_on(connection, std::move(draft));
  if (asked_bytes(connection) + draft.message.payload.size() > kAskedBytesMax)
    refuse(draft, {ErrorCode::rate_limited, {}, {}});
  else if (!advance(connection, room, draft))
    return hold(connection, std::move(draft));
  finish(connection, std::move(draft));
}

void MiddlewareChain::hold(Connection& connection, PendingPublish&& draft) {
  if (!connection.asked) connection.asked = std::make_unique<PendingHooks>();
  connection.asked->drafts.push_back(std::move(draft));
}

void MiddlewareChain::pass_refused(Connection& connection, Publish&& message) const {
  PendingPublish draft;
  draft.message = std::move(message);
  finish(connection, std::move(draft));
}

bool MiddlewareChain::advance(const Connection& connection, const LocalRoom& room, PendingPublish& draft) const {
  const auto& steps = context_.config.hooks.middleware;
  const std::string_view event = context_.config.catalogue.event(draft.message.event).name;
  for (; draft.step < steps.size(); ++draft.step) {
    const Middleware& step = steps[draft.step];
    if (!is_for(step, room)) continue;
    if (step.ask) {
      draft.ticket = context_.effects.ask_hook(connection.id, draft.step,
                                               {HookVerb::publish,
                                                draft.message.identity,
                                                std::string(connection.session_id),
                                                room.id,
                                                std::string(event),
                                                draft.message.payload,
                                                {},
                                                draft.message.trace});
      return false;
    }
    const Draft seen{*draft.message.identity, connection.session_id, room.id, event, draft.message.payload};
    if (!apply(connection, draft, judge(step, seen))) return true;
  }
  return true;
}

HookVerdict MiddlewareChain::judge(const Middleware& step, const Draft& draft) const {
  HookVerdict verdict;
  const bool returned = guarded(context_.effects, "middleware", [&] {
    verdict = step.judge(draft);
    if (EffectTape* tape = context_.effects.tape()) tape->screened(tape->last_question(), verdict);
  });
  return returned ? std::move(verdict) : HookVerdict{ErrorCode::internal, {}, {}, {}};
}

bool MiddlewareChain::apply(const Connection& connection, PendingPublish& draft, HookVerdict&& verdict) const {
  if (!verdict.allows()) {
    refuse(draft, {verdict.code, bounded_reason(std::move(verdict.reason)), {}});
    return false;
  }
  if (!verdict.payload) return true;
  std::string& payload = draft.message.payload;
  payload = std::move(*verdict.payload);
  const auto fault = check_payload(context_.config, context_.effects, draft.message.event, payload);
  if (!fault) return true;
  context_.effects.log(LogLevel::error, "replacement_refused",
                       {{"event_name", context_.config.catalogue.event(draft.message.event).name},
                        {"code", error_name(fault->code)},
                        {"path", fault->path},
                        {"session", connection.session_id}});
  refuse(draft, {ErrorCode::denied_by_hook, "what the application made of it does not fit the event", {}});
  return false;
}

void MiddlewareChain::finish(Connection& connection, PendingPublish&& draft) const {
  const std::uint64_t room = draft.message.room;
  const bool has_earlier =
      connection.asked && std::any_of(connection.asked->drafts.begin(), connection.asked->drafts.end(),
                                      [room](const PendingPublish& each) { return each.message.room == room; });
  if (has_earlier)
    hold(connection, std::move(draft));
  else
    send_on(connection, std::move(draft));
}

void MiddlewareChain::send_on(const Connection& connection, PendingPublish&& draft) const {
  const std::uint64_t room = draft.message.room;
  if (draft.fault && draft.message.producer_seq == 0) {
    draft.message.retry_after_ms = retry_after_ms(*draft.fault);
    draft.message.refused = std::make_unique<Error>(std::move(*draft.fault));
  } else if (draft.fault) {
    if (draft.message.trace && draft.message.trace->steps) draft.message.trace->steps->answered(draft.fault->code, false, false);
    const std::uint64_t again_ms = retry_after_ms(*draft.fault);
    return context_.effects.post(context_.effects.shard(), PublishResponse{connection.id,
                                                                           room,
                                                                           draft.message.producer_seq,
                                                                           std::move(*draft.fault),
                                                                           {},
                                                                           0,
                                                                           again_ms,
                                                                           false,
                                                                           draft.message.shown_event});
  }
  context_.effects.post(owner_of(room, context_.effects.shard_count()), std::move(draft.message));
}

void MiddlewareChain::answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) const {
  if (!connection.asked) return;
  auto& drafts = connection.asked->drafts;
  const auto draft =
      std::find_if(drafts.begin(), drafts.end(), [ticket](const PendingPublish& each) { return each.ticket == ticket; });
  if (draft == drafts.end()) return;
  draft->ticket = 0;
  end_step(draft->message.trace, PublicationStep::hooks, verdict.code);
  const std::uint64_t room = draft->message.room;
  const Membership* membership = connection.membership(room);
  if (membership == nullptr || membership->leaving) {
    draft->fault = Error{ErrorCode::not_joined, {}, {}};
  } else if (apply(connection, *draft, std::move(verdict))) {
    ++draft->step;
    if (!advance(connection, *membership->local, *draft)) return;
  }
  release(connection, room);
}

void MiddlewareChain::release(Connection& connection, std::uint64_t room) const {
  auto& drafts = connection.asked->drafts;
  for (auto draft = drafts.begin(); draft != drafts.end();) {
    if (draft->message.room != room) {
      ++draft;
      continue;
    }
    if (draft->ticket != 0) return;
    PendingPublish through = std::move(*draft);
    draft = drafts.erase(draft);
    send_on(connection, std::move(through));
  }
}

}  // namespace dialogue::core
