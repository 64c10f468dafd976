// See action_executor.hpp. Actions are carried out in the order in which they were decided.
#include "server/loop/action_executor.hpp"

#include <utility>

#include "server/core/effects/ask_application.hpp"
#include "server/loop/loop_clock.hpp"
#include "server/store/submit.hpp"

namespace dialogue::loop {
namespace {

constexpr std::size_t kAhead = 4;  ///< the distance in actions at which connections are prefetched

/// Which executor is just asking for an identity, on this thread.
thread_local const ActionExecutor* asking = nullptr;

/// When which question was asked.
struct HookClock {
  core::HookVerb verb;
  std::uint64_t asked_ns;
};

struct Asking {
  explicit Asking(const ActionExecutor& executor) { asking = &executor; }
  ~Asking() { asking = nullptr; }
};

}  // namespace

ActionExecutor::ActionExecutor(const LoopContext& context, core::ShardDriver& driver, TransportTable& table,
                               CallTraces& call_traces, std::shared_ptr<TaskInbox> inbox, std::uint32_t shard_count,
                               std::uint64_t store_seed, core::DocumentStream::Ask ask_document)
    : context_(context),
      driver_(driver),
      table_(table),
      call_traces_(call_traces),
      inbox_(std::move(inbox)),
      memory_store_(context.config.make_memory_store(store_seed)),
      outgoing_(shard_count),
      follows_(context.config.store.get(),
               [inbox = inbox_](core::LogMoved moved) { inbox->post(core::ShardMessage(std::move(moved))); }),
      ask_document_(std::move(ask_document)) {}

void ActionExecutor::perform(core::Actions& actions) {
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (i + kAhead < actions.size()) prefetch(actions[i + kAhead]);
    std::visit([this](auto& decided) { perform(decided); }, actions[i]);
  }
}

void ActionExecutor::prefetch(const core::Action& action) const {
  if (const auto* frame = std::get_if<core::SendFrame>(&action)) table_.prefetch(frame->to);
}

// --- Answers ---

void ActionExecutor::take(core::StoreResponse& answer) {
  --store_answers_due_;
  if (const auto* appended = std::get_if<std::vector<core::StoreStatus>>(&answer.what))
    append_health_.answered(*appended, monotonic_now_ms());
  driver_.apply(core::StoreReplied{std::move(answer)});
}

void ActionExecutor::take(Identified& answer) {
  count_failure(answer);
  driver_.apply(core::IdentityResolved{answer.connection, answer.ticket, std::move(answer.result)});
}

void ActionExecutor::take(HookAnswered& answer) {
  count(answer);
  driver_.apply(core::HookReplied{answer.connection, answer.ticket, std::move(answer.verdict)});
}

void ActionExecutor::take(ExchangeAnswered& answer) {
  driver_.apply(core::ExchangeReplied{answer.connection, answer.ticket, std::move(answer.reply)});
}

void ActionExecutor::count(const HookAnswered& answer) {
  using metrics::Metric, metrics::HookOutcome;
  const bool is_down = error_row(answer.verdict.code).retryable;
  const HookOutcome outcome = answer.verdict.allows() ? HookOutcome::allowed
                              : is_down               ? HookOutcome::failed
                                                      : HookOutcome::denied;
  metrics::MetricCells& metrics = driver_.metrics();
  metrics.count(Metric::hook_requests_total, metrics::index_in(Metric::hook_requests_total, answer.verb, outcome));
  metrics.observe(Metric::hook_seconds, answer.verb, metrics::now_ns() - answer.asked_ns);
}

void ActionExecutor::count(bool has_token, const core::AuthResult& result) {
  using metrics::Metric, metrics::LoginMethod, metrics::LoginOutcome;
  const auto* refusal = std::get_if<core::Refusal>(&result);
  const LoginOutcome outcome = refusal == nullptr                   ? LoginOutcome::accepted
                               : error_row(refusal->code).retryable ? LoginOutcome::unavailable
                                                                    : LoginOutcome::refused;
  driver_.metrics().count(
      Metric::auth_attempts_total,
      metrics::index_in(Metric::auth_attempts_total, has_token ? LoginMethod::token : LoginMethod::none, outcome));
}

// A good credential is never refused for the failures of others behind its address: it is always looked at first. What that costs
// is bounded by the handshakes of an address, the failures of a connection, and the keys that a token is tried with.
void ActionExecutor::count_failure(Identified& answer) {
  count(answer.has_token, answer.result);
  const auto* refusal = std::get_if<core::Refusal>(&answer.result);
  if (refusal == nullptr || !answer.has_token || !core::is_failed_login(refusal->code)) return;
  const std::uint64_t now_ms = monotonic_now_ms();
  if (transport::Transport* const transport = table_.find(answer.connection))
    transport->count_failed_login(context_.address_limits.logins(), now_ms);
  if (answer.account.take(net::AddressLimits::Tier::login, now_ms) > 0)
    answer.result = core::Refusal{ErrorCode::rate_limited, {}};
}

// --- Actions ---

void ActionExecutor::perform(core::StoreRequest& action) {
  if (std::holds_alternative<core::AppendLogs>(*action.what)) call_traces_.judged();
  if (!action.durable) {
    if (std::holds_alternative<core::AppendLogs>(*action.what)) ++appends_;
    return store::submit(*memory_store_, std::move(action),
                         [this](core::StoreResponse answer) { driver_.enqueue(core::StoreReplied{std::move(answer)}); });
  }
  ++store_answers_due_;
  if (std::holds_alternative<core::AppendLogs>(*action.what)) append_health_.asked(monotonic_now_ms());
  store::submit(*context_.config.store, std::move(action),
                [inbox = inbox_](core::StoreResponse answer) { inbox->post(std::move(answer)); });
}

void ActionExecutor::perform(core::AskIdentity& action) {
  const Asking in_this_call(*this);
  const transport::Transport* const transport = table_.find(action.from);
  const bool has_token = !action.question->credentials.token.empty();
  if (has_token && transport != nullptr && transport->failed_too_often(context_.address_limits.logins(), monotonic_now_ms())) {
    driver_.metrics().count(metrics::Metric::limit_hits_total, metrics::LimitKind::address);
    driver_.enqueue(core::IdentityResolved{action.from, action.ticket, core::Refusal{ErrorCode::rate_limited, {}}});
    return;
  }
  const net::AddressLimits::Account account = transport != nullptr ? transport->account() : net::AddressLimits::Account();
  context_.config.identify(std::move(*action.question), [this, inbox = inbox_, from = action.from, ticket = action.ticket,
                                                         account, has_token](core::AuthResult result) {
    Identified answer{from, ticket, account, has_token, std::move(result)};
    if (asking != this) return inbox->post(std::move(answer));
    count_failure(answer);  // answered on the spot, and what it is about is still in the cache
    driver_.enqueue(core::IdentityResolved{from, ticket, std::move(answer.result)});
  });
}

void ActionExecutor::perform(core::AskHook& action) {
  const HookClock clock{action.question->verb, metrics::now_ns()};
  core::ask_application(context_.config.shard.hooks, std::move(action),
                        [inbox = inbox_, clock](core::ConnectionId from, std::uint64_t ticket, core::HookVerdict verdict) {
                          inbox->post(HookAnswered{from, ticket, std::move(verdict), clock.verb, clock.asked_ns});
                        });
}

void ActionExecutor::perform(core::BeginExchange& action) {
  const auto begin_document = [this](core::ExchangeQuestion&& question, core::ExchangeReplies reply) {
    auto handler = std::make_shared<core::DocumentStream>(std::move(reply), document_bytes_held_, question.granted);
    handler->begin(ask_document_, std::move(*question.document));
    return std::shared_ptr<core::ExchangeHandler>(std::move(handler));
  };
  const bool is_document = action.question->document != nullptr;
  exchanges_.begin(is_document ? core::ExchangeSource(begin_document) : context_.config.shard.exchanges, std::move(action),
                   [inbox = inbox_](core::ConnectionId from, std::uint64_t ticket, core::ExchangeReply reply) {
                     inbox->post(ExchangeAnswered{from, ticket, std::move(reply)});
                   });
}

void ActionExecutor::perform(core::AskDrained& action) {
  if (transport::Transport* const transport = table_.find(action.to)) transport->ask_drained();
}

void ActionExecutor::perform(core::SendFrame& action) {
  transport::Transport* const transport = table_.find(action.to);
  if (transport == nullptr) return;
  count_bytes(*transport, *action.text);
  transport->send(std::move(action.text), action.frames);
}

void ActionExecutor::perform(core::SendPing& action) {
  transport::Transport* const transport = table_.find(action.to);
  if (transport == nullptr) return;
  transport->ping();
  count_bytes(*transport, *action.text);
  transport->send(std::move(action.text));
}

void ActionExecutor::perform(core::CloseConnection& action) {
  if (transport::Transport* const transport = table_.find(action.to)) transport->close(action.close_code, action.reason);
  if (table_.leave(action.to)) driver_.close_later(action.to);  // what is left is the transport's own business
}

void ActionExecutor::give_answers() {
  for (core::AnswerCall& answer : std::exchange(answers_, {})) context_.calls.answer(answer.call, std::move(*answer.result));
}

void ActionExecutor::perform(core::PostMessage& action) { outgoing_[action.shard].emplace_back(std::move(action.message)); }

}  // namespace dialogue::loop
