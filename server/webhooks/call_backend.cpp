// A call is sent once: whether it may be repeated is the caller's to say, by a key. One with a key is sent again where a kept
// connection turns out to have ended.
#include "server/webhooks/call_backend.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <variant>

#include "server/webhooks/hook_body.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::webhooks {

namespace asio = boost::asio;

CallBackend::CallBackend(HookContext& context) : context_(context) {}

void CallBackend::add(std::shared_ptr<BackendCall> call) {
  if (waiting_.size() >= kBackendCallsMax) return call->reply(core::ExchangeResult{ErrorCode::rate_limited, {}, {}, 0});
  waiting_.push_back(std::move(call));
  if (busy_ >= kBackendCallConnections) return;
  ++busy_;
  auto connection = idle_.empty() ? context_.make_connection() : std::move(idle_.back());
  if (!idle_.empty()) idle_.pop_back();
  asio::co_spawn(context_.io, serve(std::move(connection)), asio::detached);
}

asio::awaitable<void> CallBackend::serve(std::unique_ptr<http_client::HttpConnection> connection) {
  while (!waiting_.empty()) {
    const std::shared_ptr<BackendCall> call = std::move(waiting_.front());
    waiting_.pop_front();
    if (call->is_over) continue;
    call->reply(result_of(*call, co_await ask(*connection, *call)));
  }
  idle_.push_back(std::move(connection));
  --busy_;
}

core::ExchangeResult CallBackend::unavailable(const BackendCall& call, const std::string& why) {
  context_.log.write(core::LogLevel::warn, "call_backend_failed",
                     "the backend did not handle the call " + call.question.name + ": " + why, 1, context_.now_ms());
  return {ErrorCode::handler_unavailable, call.question.name, {}, 0};
}

/// Sent again, it is a new request: a backend that drops repetitions handles it.
asio::awaitable<http_client::HttpOutcome> CallBackend::ask(http_client::HttpConnection& connection, const BackendCall& call) {
  const std::uint64_t timeout_ms = call.question.timeout_ms != 0 ? call.question.timeout_ms : kCallTimeoutMaxMs;
  const auto deadline = context_.now() + std::chrono::milliseconds(timeout_ms + kBackendCallGraceMs);
  for (;;) {
    const std::string id = context_.request_ids.next();
    http_client::HttpRequest request = hook_request(context_.secret, id, call_body(id, call.question));
    const trace::TracePtr traced = trace_request(context_.tracer.get(), "call", 1, request);
    http_client::HttpOutcome outcome = co_await connection.ask(std::move(request), deadline);
    end_trace(traced, outcome);
    const auto* fault = std::get_if<http_client::HttpError>(&outcome);  // what was opened for this request is never stale
    if (fault == nullptr || !fault->is_stale || call.question.key.empty() || call.is_over) co_return outcome;
  }
}

core::ExchangeResult CallBackend::result_of(const BackendCall& call, const http_client::HttpOutcome& outcome) {
  if (const auto* fault = std::get_if<http_client::HttpError>(&outcome)) return unavailable(call, fault->words);
  const auto& response = std::get<http_client::HttpClientResponse>(outcome);
  if (response.result() != boost::beast::http::status::ok)
    return unavailable(call, "it answered with status " + std::to_string(response.result_int()));
  auto answer = read_call_answer(response.body());
  if (const auto* fault = std::get_if<std::string>(&answer)) {
    context_.log.write(core::LogLevel::error, "call_answer_invalid",
                       "the backend's answer to the call " + call.question.name + " is invalid: " + *fault, 1, context_.now_ms());
    return {ErrorCode::handler_failed, {}, {}, 0};
  }
  return std::get<core::ExchangeResult>(std::move(answer));
}

void CallBackend::refuse_all() {
  for (const auto& call : waiting_) call->reply(core::ExchangeResult{ErrorCode::handler_unavailable, call->question.name, {}, 0});
  waiting_.clear();
}

}  // namespace dialogue::webhooks
