// A question's own deadline answers it; its request may go on for those that were asked later.
#include "server/webhooks/hook_questions.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

namespace dialogue {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kRequestBytesMax = 256 * 1024;  ///< payloads in one request, when it has more than one question

std::string request_fault(const HttpOutcome& outcome) {
  if (const auto* fault = std::get_if<HttpFault>(&outcome)) return fault->words;
  const auto& answer = std::get<HttpAnswer>(outcome);
  if (answer.result() == boost::beast::http::status::ok) return "";
  return "it answered with status " + std::to_string(answer.result_int());
}

}  // namespace

HookQuestions::HookQuestions(HookContext& context)
    : context_(context), breaker_(context.settings.breaker_failures_max, context.settings.breaker_pause_ms), timer_(context.io) {
  for (std::uint32_t i = 0; i < context_.settings.connections_max; ++i) idle_.push_back(context_.make_connection());
}

void HookQuestions::add(HookQuestion&& question, Done&& done) {
  const std::size_t size = question.payload.size();
  if (open_.size() >= context_.settings.questions_max || open_bytes_ + size > context_.settings.question_bytes_max) {
    context_.log.write(LogLevel::warn, "hooks_overloaded",
                       "more questions wait for the hook backend than are kept: " + policy_in_words(), 1, context_.now_ms());
    return done(verdict_without_answer());
  }
  const std::uint64_t number = ++last_number_;
  open_.emplace(number, Asked{std::move(question), std::move(done), context_.now() + context_.timeout()});
  open_bytes_ += size;
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
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    asio::co_spawn(context_.io, ask(std::move(connection), std::move(batch)), asio::detached);
  }
}

HookQuestions::Numbers HookQuestions::take_batch() {
  Numbers batch;
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

asio::awaitable<void> HookQuestions::ask(std::unique_ptr<HttpConnection> connection, Numbers numbers) {
  const HttpOutcome outcome = co_await try_twice(*connection, numbers);
  settle(numbers, outcome);
  idle_.push_back(std::move(connection));
  send();
}

/// What was broken off is asked again for those who have time left; a backend that drops repetitions sees a new request.
asio::awaitable<HttpOutcome> HookQuestions::try_twice(HttpConnection& connection, const Numbers& numbers) {
  HttpOutcome outcome = HttpFault{"there was no answer in time", false};
  for (std::uint32_t retries = 0;; ++retries) {
    const auto hooks = still_open(numbers);
    if (hooks.empty()) co_return outcome;
    const std::string id = context_.request_ids.next();
    outcome = co_await connection.ask(hook_request(context_.settings.secret, id, hook_body(id, 0, hooks)),
                                      open_.at(hooks.back().number).deadline);
    const auto* fault = std::get_if<HttpFault>(&outcome);
    if (fault == nullptr || !fault->is_broken || retries == context_.settings.question_retries_max) co_return outcome;
  }
}

void HookQuestions::settle(const Numbers& numbers, const HttpOutcome& outcome) {
  if (const std::string fault = request_fault(outcome); !fault.empty()) return request_failed(numbers, fault);
  const auto hooks = still_open(numbers);
  const auto replies = read_hook_answers(std::get<HttpAnswer>(outcome).body(), hooks);
  if (const auto* fault = std::get_if<std::string>(&replies)) return request_failed(numbers, *fault);
  if (take_answers(hooks, std::get<std::vector<HookReply>>(replies)) == 0 && !hooks.empty())
    return request_failed(numbers, "it answered none of the questions");
  request_succeeded();
  for (const std::uint64_t number : numbers) give_up(number);
}

std::size_t HookQuestions::take_answers(const std::vector<NumberedHook>& hooks, const std::vector<HookReply>& replies) {
  std::size_t answered = 0;
  for (std::size_t i = 0; i < hooks.size(); ++i) {
    if (const auto* fault = std::get_if<std::string>(&replies[i])) {
      context_.log.write(LogLevel::warn, "hook_answer_invalid",
                         "the hook backend gave no answer that counts: " + *fault + "; " + policy_in_words(), 1,
                         context_.now_ms());
      continue;
    }
    ++answered;
    answer(open_.find(hooks[i].number), std::get<HookVerdict>(replies[i]));
  }
  return answered;
}

void HookQuestions::request_failed(const Numbers& numbers, const std::string& why) {
  context_.log.write(LogLevel::warn, "hook_request_failed",
                     "a request to the hook backend failed: " + why + "; " + policy_in_words(), numbers.size(),
                     context_.now_ms());
  if (breaker_.failed(context_.now_ms()))
    context_.log.write(LogLevel::error, "hooks_suspended",
                       "the hook backend failed again and again: it is left alone for a while, and what it would be asked counts "
                       "as failed",
                       context_.settings.breaker_failures_max, context_.now_ms());
  for (const std::uint64_t number : numbers) give_up(number);
}

void HookQuestions::request_succeeded() {
  if (breaker_.succeeded())
    context_.log.write(LogLevel::warn, "hooks_resumed",
                       "the hook backend answers again; count is how many questions it was not asked meanwhile",
                       std::exchange(unasked_, 0), context_.now_ms());
}

void HookQuestions::answer(Open::iterator asked, HookVerdict verdict) {
  const Done done = std::move(asked->second.done);
  open_bytes_ -= asked->second.question.payload.size();
  open_.erase(asked);
  done(std::move(verdict));
}

void HookQuestions::give_up(std::uint64_t number) {
  if (const auto asked = open_.find(number); asked != open_.end()) answer(asked, verdict_without_answer());
}

HookVerdict HookQuestions::verdict_without_answer() const {
  return context_.settings.fail == HookFailure::open ? HookVerdict{} : hook_unavailable();
}

std::string HookQuestions::policy_in_words() const {
  return context_.settings.fail == HookFailure::open ? "what was asked is allowed"
                                                     : "what was asked is refused, to be tried again";
}

void HookQuestions::refuse_all() {
  waiting_.clear();
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
  std::uint64_t count = 0;
  for (; !open_.empty() && open_.begin()->second.deadline <= context_.now(); ++count)
    answer(open_.begin(), verdict_without_answer());
  if (count != 0)
    context_.log.write(LogLevel::warn, "hook_late", "the hook backend did not answer in time: " + policy_in_words(), count,
                       context_.now_ms());
}

}  // namespace dialogue
