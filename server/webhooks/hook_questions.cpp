// A question ends at its own deadline; its request may continue for later questions. A failed request with several questions is
// retried in halves, so that only the question that the backend fails at remains without an answer.
#include "server/webhooks/hook_questions.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace dialogue::webhooks {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kRequestBytesMax = 256 * 1024;  ///< payloads in one request, when it has more than one question

/// Returns a verdict to retry: the backend did not receive the question, so its failure policy does not apply.
core::HookVerdict overloaded() { return {ErrorCode::rate_limited, {}, {}, {}}; }

std::string request_fault(const http_client::HttpOutcome& outcome) {
  if (const auto* fault = std::get_if<http_client::HttpError>(&outcome)) return fault->words;
  const auto& answer = std::get<http_client::HttpClientResponse>(outcome);
  if (answer.result() == boost::beast::http::status::ok) return "";
  return "it answered with status " + std::to_string(answer.result_int());
}

/// The request's trace names those of the publications that it asks about.
void link_publications(trace::Trace& traced, const std::vector<NumberedHook>& hooks) {
  for (const NumberedHook& hook : hooks) {
    const core::PublicationTracePtr& trace = hook.question->trace;
    if (!trace) continue;
    const std::string context = trace->steps ? trace->steps->context() : trace->traceparent;
    if (const auto to = trace::parse_traceparent(context)) traced.link(*to);
  }
}

}  // namespace

HookQuestions::HookQuestions(HookContext& context)
    : context_(context),
      breaker_(context.settings.breaker_failures_max, context.settings.breaker_pause_ms),
      shares_(context.settings.questions_max, context.settings.question_bytes_max),
      timer_(context.io) {
  for (std::uint32_t i = 0; i < context_.settings.connections_max; ++i) idle_.push_back(context_.make_connection());
}

void HookQuestions::add(core::HookQuestion&& question, Done&& done) {
  if (!shares_.take(question)) {
    context_.log.write(
        core::LogLevel::warn, "hooks_overloaded",
        "too many hook calls are pending, of one user or in total: further requests are rejected with a retryable error", 1,
        context_.now_ms());
    return done(overloaded());
  }
  const std::uint64_t number = ++last_number_;
  open_.emplace(number, Asked{std::move(question), std::move(done), context_.now() + context_.timeout()});
  waiting_.push_back(number);
  watch_deadlines();
}

void HookQuestions::send() {
  while (!idle_.empty()) {
    Numbers batch = take_batch();
    if (batch.empty()) return;
    if (!breaker_.take(context_.now_ms())) {
      unasked_ += batch.size();
      for (const std::uint64_t number : batch) give_up(number);
      continue;
    }
    if (breaker_.state() == CircuitBreaker::State::probing && batch.size() > 1) {
      // One question tries the backend: the fewer it has, the less likely is one that the backend fails at by itself.
      again_.emplace_back(batch.begin() + 1, batch.end());
      batch.resize(1);
    }
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    asio::co_spawn(context_.io, ask(std::move(connection), std::move(batch)), asio::detached);
  }
}

HookQuestions::Numbers HookQuestions::take_batch() {
  Numbers batch;
  while (batch.empty() && !again_.empty()) {
    batch = std::move(again_.back());
    again_.pop_back();
    std::erase_if(batch, [this](std::uint64_t number) { return !open_.contains(number); });
  }
  if (!batch.empty()) return batch;
  std::size_t bytes = 0;
  for (; !waiting_.empty() && batch.size() < context_.settings.batch_max; waiting_.pop_front()) {
    const auto asked = open_.find(waiting_.front());
    if (asked == open_.end()) continue;
    bytes += asked->second.question.payload.size();
    if (bytes > kRequestBytesMax && !batch.empty()) break;
    batch.push_back(asked->first);
  }
  return batch;
}

std::vector<NumberedHook> HookQuestions::still_open(const Numbers& numbers) const {
  std::vector<NumberedHook> hooks;
  for (const std::uint64_t number : numbers)
    if (const auto asked = open_.find(number); asked != open_.end()) hooks.push_back({number, &asked->second.question});
  return hooks;
}

asio::awaitable<void> HookQuestions::ask(std::unique_ptr<http_client::HttpConnection> connection, Numbers numbers) {
  FailureBlame::Users users = users_of(numbers);  // before the answer, as those whose time is over are gone by then
  const http_client::HttpOutcome outcome = co_await try_twice(*connection, numbers);
  settle(numbers, std::move(users), outcome);
  idle_.push_back(std::move(connection));
  send();
}

/// Interrupted questions are sent again if they have time left; a backend that drops repetitions sees a new request.
asio::awaitable<http_client::HttpOutcome> HookQuestions::try_twice(http_client::HttpConnection& connection,
                                                                   const Numbers& numbers) {
  http_client::HttpOutcome outcome = http_client::HttpError{"it did not answer in time", false};
  for (std::uint32_t retries = 0;; ++retries) {
    const auto hooks = still_open(numbers);
    if (hooks.empty()) co_return outcome;
    for (const NumberedHook& hook : hooks) mark_sent(open_.at(hook.number));
    const std::string id = context_.request_ids.next();
    http_client::HttpRequest request = hook_request(context_.secret, id, hook_body(id, 0, hooks));
    const trace::TracePtr traced = trace_request(context_.tracer.get(), "hooks", hooks.size(), request);
    if (traced) link_publications(*traced, hooks);
    outcome = co_await connection.ask(std::move(request), open_.at(hooks.back().number).deadline);
    end_trace(traced, outcome);
    const auto* fault = std::get_if<http_client::HttpError>(&outcome);
    if (fault == nullptr || !fault->is_broken || retries == context_.settings.question_retries_max) co_return outcome;
  }
}

void HookQuestions::mark_sent(Asked& asked) const {
  asked.was_in_time = asked.was_in_time || asked.deadline - context_.now() >= context_.timeout() / 2;
}

void HookQuestions::settle(const Numbers& numbers, FailureBlame::Users users, const http_client::HttpOutcome& outcome) {
  if (const auto* fault = std::get_if<http_client::HttpError>(&outcome); fault != nullptr && !fault->is_sent) users.clear();
  if (const std::string words = request_fault(outcome); !words.empty()) return request_failed(numbers, users, words);
  std::vector<NumberedHook> hooks;  // an answer that comes too late is one of the backend all the same
  for (const std::uint64_t number : numbers) {
    const auto asked = open_.find(number);
    hooks.push_back({number, asked != open_.end() ? &asked->second.question : nullptr});
  }
  const auto replies = read_hook_answers(std::get<http_client::HttpClientResponse>(outcome).body(), hooks);
  if (const auto* words = std::get_if<std::string>(&replies)) return request_failed(numbers, users, *words);
  take_answers(hooks, std::get<std::vector<HookReply>>(replies));
  request_succeeded();
  for (const std::uint64_t number : numbers) give_up(number);
}

void HookQuestions::take_answers(const std::vector<NumberedHook>& hooks, const std::vector<HookReply>& replies) {
  for (std::size_t i = 0; i < hooks.size(); ++i) {
    if (hooks[i].question == nullptr) continue;
    if (const auto* fault = std::get_if<std::string>(&replies[i])) {
      context_.log.write(core::LogLevel::warn, "hook_answer_invalid",
                         "the hook backend returned an invalid answer: " + *fault + "; " + policy_in_words(), 1,
                         context_.now_ms());
      continue;
    }
    answer(open_.find(hooks[i].number), std::get<core::HookVerdict>(replies[i]));
  }
}

void HookQuestions::request_failed(const Numbers& numbers, const FailureBlame::Users& users, const std::string& why) {
  if (!users.empty() && breaker_.state() == CircuitBreaker::State::closed && ask_by_halves(numbers)) return;
  context_.log.write(core::LogLevel::warn, "hook_request_failed",
                     "a request to the hook backend failed: " + why + "; " + policy_in_words(), numbers.size(),
                     context_.now_ms());
  const bool counts = breaker_.state() != CircuitBreaker::State::closed || blame_.counts(users);
  const bool opens = breaker_.failed(context_.now_ms(), counts);
  note_breaker();
  if (opens) {
    blame_.clear();
    context_.log.write(core::LogLevel::error, "hooks_suspended",
                       "the hook backend failed repeatedly: hooks are suspended, and their calls count as failed",
                       context_.settings.breaker_failures_max, context_.now_ms());
  }
  for (const std::uint64_t number : numbers) give_up(number);
}

bool HookQuestions::ask_by_halves(const Numbers& numbers) {
  Numbers left;
  for (const std::uint64_t number : numbers)
    if (const auto asked = open_.find(number); asked != open_.end() && asked->second.deadline > context_.now())
      left.push_back(number);
  if (numbers.size() < 2 || left.empty()) return false;
  const auto middle = left.begin() + static_cast<std::ptrdiff_t>((left.size() + 1) / 2);
  if (middle != left.end()) again_.emplace_back(middle, left.end());
  again_.emplace_back(left.begin(), middle);
  return true;
}

FailureBlame::Users HookQuestions::users_of(const Numbers& numbers) const {
  FailureBlame::Users users;
  for (const NumberedHook& hook : still_open(numbers)) {
    const core::Identity& identity = *hook.question->identity;
    // One person may be many guests.
    users.insert(core::is_guest_name(identity.user_id) ? "guests" : "user " + identity.user_id);
  }
  return users;
}

void HookQuestions::note_breaker() const {
  const bool is_open = breaker_.state() != CircuitBreaker::State::closed;
  if (context_.metrics) context_.metrics->set(metrics::Metric::hook_breaker_open, 0, is_open ? 1 : 0);
}

void HookQuestions::request_succeeded() {
  blame_.clear();
  const bool was_open = breaker_.succeeded();
  note_breaker();
  if (was_open)
    context_.log.write(core::LogLevel::warn, "hooks_resumed",
                       "the hook backend answers again; count is the number of calls skipped meanwhile",
                       std::exchange(unasked_, 0), context_.now_ms());
}

void HookQuestions::answer(Open::iterator asked, core::HookVerdict verdict) {
  const Done done = std::move(asked->second.done);
  shares_.give_back(asked->second.question);
  open_.erase(asked);
  done(std::move(verdict));
}

void HookQuestions::give_up(std::uint64_t number) {
  if (const auto asked = open_.find(number); asked != open_.end()) answer(asked, verdict_without_answer());
}

core::HookVerdict HookQuestions::verdict_without_answer() const {
  return context_.settings.fail == HookFailure::open ? core::HookVerdict{} : hook_unavailable();
}

std::string HookQuestions::policy_in_words() const {
  return context_.settings.fail == HookFailure::open ? "the requests are allowed"
                                                     : "the requests are rejected with a retryable error";
}

void HookQuestions::refuse_all() {
  waiting_.clear();
  again_.clear();
  while (!open_.empty()) answer(open_.begin(), hook_unavailable());
}

void HookQuestions::watch_deadlines() {
  if (is_watching_ || open_.empty()) return;
  is_watching_ = true;
  timer_.expires_at(open_.begin()->second.deadline);
  timer_.async_wait([this](const boost::system::error_code& error) {
    is_watching_ = false;
    if (error) return;
    expire();
    watch_deadlines();
  });
}

void HookQuestions::expire() {
  std::uint64_t late = 0, waited = 0;
  while (!open_.empty() && open_.begin()->second.deadline <= context_.now()) {
    const bool was_in_time = open_.begin()->second.was_in_time;
    ++(was_in_time ? late : waited);
    answer(open_.begin(), was_in_time ? verdict_without_answer() : overloaded());
  }
  if (late != 0)
    context_.log.write(core::LogLevel::warn, "hook_late", "the hook backend did not answer in time: " + policy_in_words(), late,
                       context_.now_ms());
  if (waited != 0)
    context_.log.write(core::LogLevel::warn, "hooks_overloaded",
                       "the hook backend was too busy to be called in time: the requests are rejected with a retryable error",
                       waited, context_.now_ms());
}

}  // namespace dialogue::webhooks
