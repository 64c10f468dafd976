// What the Shard decides, carried out: frames to sockets, requests to stores, questions to the application, mail to other loops.
#include <utility>

#include "server/core/effects/ask_application.hpp"
#include "server/net/shard_loop.hpp"
#include "server/net/websocket_connection.hpp"
#include "server/store/carry.hpp"

namespace dialogue {
namespace {

constexpr std::size_t kAhead = 4;  ///< so many actions ahead of the one in hand, who gets it comes into the cache

/// Which loop is just asking who somebody is, on this thread.
thread_local const ShardLoop* asking = nullptr;

struct Asking {
  explicit Asking(const ShardLoop& loop) { asking = &loop; }
  ~Asking() { asking = nullptr; }
};

}  // namespace

void ShardLoop::perform(Actions& actions) {
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (i + kAhead < actions.size()) prefetch(actions[i + kAhead]);
    std::visit([this](auto& decided) { perform(decided); }, actions[i]);
  }
}

void ShardLoop::prefetch(const Action& action) const {
  const auto* frame = std::get_if<SendFrame>(&action);
  if (frame != nullptr && slot_of(frame->to) < connections_.size())
    if (const auto& connection = connections_[slot_of(frame->to)]) connection->prefetch();
}

void ShardLoop::perform(StoreRequest& action) {
  if (!action.durable) {
    if (std::holds_alternative<AppendLogs>(*action.what)) ++appends_;
    return carry(*memory_store_, std::move(action),
                 [this](StoreResponse answer) { driver_->enqueue(StoreReplied{std::move(answer)}); });
  }
  ++store_answers_due_;
  if (std::holds_alternative<AppendLogs>(*action.what)) append_health_.asked(monotonic_ms());
  carry(*context_.config.store, std::move(action), [inbox = inbox_](StoreResponse answer) { inbox->post(std::move(answer)); });
}

void ShardLoop::perform(AskIdentity& action) {
  const Asking in_this_call(*this);
  const auto connection = find(action.from);
  const bool has_token = !action.question->credentials.token.empty();
  if (has_token && connection && (*connection)->failed_too_often(monotonic_ms())) {
    driver_->enqueue(IdentityResolved{action.from, action.ticket, Refusal{ErrorCode::rate_limited, {}}});
    return;
  }
  const AddressLimits::Account account = connection ? (*connection)->account() : AddressLimits::Account();
  context_.config.identify(std::move(*action.question), [this, inbox = inbox_, from = action.from, ticket = action.ticket,
                                                         account, has_token](AuthResult result) {
    Identified answer{from, ticket, account, has_token, std::move(result)};
    if (asking != this) return inbox->post(std::move(answer));
    count_failure(answer);  // answered on the spot, and what it is about is still in the cache
    driver_->enqueue(IdentityResolved{from, ticket, std::move(answer.result)});
  });
}

void ShardLoop::perform(AskHook& action) {
  ask_application(context_.config.shard.hooks, std::move(action),
                  [inbox = inbox_](ConnectionId from, std::uint64_t ticket, HookVerdict verdict) {
                    inbox->post(HookAnswered{from, ticket, std::move(verdict)});
                  });
}

void ShardLoop::perform(AskDrained& action) {
  if (const auto connection = find(action.to)) (*connection)->ask_drained();
}

void ShardLoop::perform(GiveUp& action) { context_.give_up(action.reason); }

void ShardLoop::perform(SendFrame& action) {
  if (const auto connection = find(action.to)) (*connection)->send(std::move(action.text), action.frames);
}

void ShardLoop::perform(SendPing& action) {
  const auto connection = find(action.to);
  if (!connection) return;
  (*connection)->ping();
  (*connection)->send(std::move(action.text));
}

void ShardLoop::perform(CloseConnection& action) {
  if (const auto connection = find(action.to)) (*connection)->close(action.close_code, action.reason);
  leave(action.to);  // what is left is the transport's own business
}

void ShardLoop::perform(PostMessage& action) { outgoing_[action.shard].emplace_back(std::move(action.mail)); }

}  // namespace dialogue
