// A permanent refusal is forwarded to the room's owner shard, where it consumes its number. Any other refusal is answered.
#include "server/core/session/middleware_chain.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "server/core/access/access.hpp"

namespace dialogue::core {
namespace {

constexpr std::size_t kAskedBytesMax = 1024 * 1024;  ///< of payloads of one connection that are asked about

std::size_t asked_bytes(const Connection& connection) {
  std::size_t bytes = 0;
  if (connection.asked)
    for (const PendingPublish& draft : connection.asked->drafts) bytes += draft.message.payload.size();
  return bytes;
}

/// Whether one waits that the connection sent to this room before.
bool has_earlier(const Connection& connection, std::uint64_t room) {
  return connection.asked && std::any_of(connection.asked->drafts.begin(), connection.asked->drafts.end(),
                                         [room](const PendingPublish& each) { return each.message.room == room; });
}

void refuse(PendingPublish& draft, Error fault) {
  const auto& producer = draft.message.producer;
  if (producer && consumes_refusals(*producer) && !error_row(fault.code).retryable) {
    draft.message.payload.clear();
    draft.message.refused = std::make_unique<Error>(std::move(fault));
  } else {
    draft.fault = std::move(fault);
  }
}

Passage passage_of(const Connection& connection, const LocalRoom& room, PendingPublish& draft) {
  Publish& message = draft.message;
  return {.connection = connection.id,
          .session_id = connection.session_id,
          .identity = message.identity,
          .room_id = room.id,
          .rules = *room.rules,
          .event = message.event,
          .payload = message.payload,
          .deletes = message.deletes,
          .trace = message.trace};
}

/// What the chain has come to; false while a step waits for its answer.
bool take(PendingPublish& draft, MiddlewareSteps::Outcome&& outcome) {
  draft.ticket = outcome.ticket;
  if (outcome.fault) refuse(draft, std::move(*outcome.fault));
  return draft.ticket == 0;
}

}  // namespace

void MiddlewareChain::pass(Connection& connection, const LocalRoom& room, Publish&& message) const {
  if (steps_.empty()) return send(std::move(message));
  PendingPublish draft;
  draft.message = std::move(message);
  if (asked_bytes(connection) + draft.message.payload.size() > kAskedBytesMax)
    refuse(draft, {ErrorCode::rate_limited, {}, {}});
  else if (!take(draft, steps_.run(passage_of(connection, room, draft), draft.step)))
    return hold(connection, std::move(draft));
  finish(connection, std::move(draft));
}

void MiddlewareChain::hold(Connection& connection, PendingPublish&& draft) {
  if (!connection.asked) connection.asked = std::make_unique<PendingHooks>();
  connection.asked->drafts.push_back(std::move(draft));
}

void MiddlewareChain::pass_refused(Connection& connection, Publish&& message) const {
  if (!has_earlier(connection, message.room)) return send(std::move(message));
  PendingPublish draft;
  draft.message = std::move(message);
  hold(connection, std::move(draft));
}

void MiddlewareChain::finish(Connection& connection, PendingPublish&& draft) const {
  if (has_earlier(connection, draft.message.room))
    hold(connection, std::move(draft));
  else
    send_on(connection, std::move(draft));
}

void MiddlewareChain::send(Publish&& message) const {
  const std::uint32_t owner = owner_of(message.room, context_.effects.shard_count());
  context_.effects.post(owner, std::move(message));
}

void MiddlewareChain::send_on(const Connection& connection, PendingPublish&& draft) const {
  if (draft.fault && draft.message.producer_seq == 0) {
    draft.message.retry_after_ms = ask_again_ms(*draft.fault);
    draft.message.refused = std::make_unique<Error>(std::move(*draft.fault));
    draft.message.producer = nullptr;  // it only takes its turn
  } else if (draft.fault) {
    if (draft.message.trace && draft.message.trace->steps) draft.message.trace->steps->answered(draft.fault->code, false, false);
    const std::uint64_t again_ms = ask_again_ms(*draft.fault);
    return context_.effects.post(context_.effects.shard(), PublishResponse{.to = connection.id,
                                                                           .room = draft.message.room,
                                                                           .producer_seq = draft.message.producer_seq,
                                                                           .fault = std::move(*draft.fault),
                                                                           .position = {},
                                                                           .retry_after_ms = again_ms,
                                                                           .event = draft.message.shown_event,
                                                                           .membership = draft.message.membership});
  }
  send(std::move(draft.message));
}

void MiddlewareChain::answered(Connection& connection, std::uint64_t ticket, HookVerdict&& verdict) const {
  if (!connection.asked) return;
  auto& drafts = connection.asked->drafts;
  const auto draft =
      std::find_if(drafts.begin(), drafts.end(), [ticket](const PendingPublish& each) { return each.ticket == ticket; });
  if (draft == drafts.end()) return;
  end_step(draft->message.trace, PublicationStep::hooks, verdict.code);
  const std::uint64_t room = draft->message.room;
  draft->ticket = 0;
  if (judge_again(connection, *draft)) {
    const LocalRoom& local = *connection.membership(room)->local;
    if (!take(*draft, steps_.answered(passage_of(connection, local, *draft), draft->step, std::move(verdict)))) return;
  }
  release(connection, room);
}

bool MiddlewareChain::judge_again(Connection& connection, PendingPublish& draft) const {
  Publish& message = draft.message;
  if (draft.fault || message.refused) return false;
  const Membership* const membership = connection.membership(message.room, message.membership);
  if (membership == nullptr || membership->leaving) {
    draft.fault = Error{ErrorCode::not_joined, {}, {}};
    return false;
  }
  const LocalRoom& room = *membership->local;
  message.identity = connection.identity_in(*membership);
  auto missing = missing_publish_right(room.rules->definition, room.id, context_.config.catalogue.event(message.event).name,
                                       *message.identity);
  if (!missing) return true;
  refuse(draft, {ErrorCode::forbidden, std::move(*missing), {}});
  return false;
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
    static_cast<void>(judge_again(connection, through));
    send_on(connection, std::move(through));
  }
}

}  // namespace dialogue::core
