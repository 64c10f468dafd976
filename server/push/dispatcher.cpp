// See dispatcher.hpp.
#include "server/push/dispatcher.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <exception>
#include <random>
#include <utility>
#include <variant>

#include "server/push/push_verdict.hpp"
#include "server/push/web_request.hpp"

namespace dialogue::push {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using core::LogLevel;
using metrics::PushOutcome;

constexpr std::size_t kAnswerBytesMax = 16 * 1024;
constexpr std::uint64_t kTimerMsMax = 60'000;
constexpr std::uint64_t kRetryAfterMsMax = 24 * 3'600'000;
constexpr unsigned kUnauthorized = 401, kForbidden = 403;

/// Doubled with each try, and a quarter more or less, so that what failed together does not come again together.
std::uint64_t backoff_ms(const PushSettings& settings, std::uint32_t tries) {
  constexpr std::uint32_t kDoublingsMax = 20;
  static thread_local std::minstd_rand chance{std::random_device{}()};
  const std::uint64_t full = std::min(settings.retry_first_ms << std::min(tries, kDoublingsMax), settings.retry_max_ms);
  return full - full / 4 + std::uniform_int_distribution<std::uint64_t>(0, full / 2)(chance);
}

}  // namespace

Dispatcher::Dispatcher(PushContext& context, Listener listener)
    : context_(context), listener_(std::move(listener)), timer_(context.io) {}

void Dispatcher::add(Delivery delivery, std::uint64_t due_ms) {
  if (is_stopped_) return;
  waiting_.emplace(due_ms, std::move(delivery));
  wake_at(due_ms, context_.now_ms());
}

void Dispatcher::stop() {
  is_stopped_ = true;
  waiting_.clear();
  for (auto& [origin, service] : services_) service.ready.clear();
  timer_.cancel();
}

// A timer, also for what is due: deliveries that are added in one turn go together, and no call of a listener is within add().
void Dispatcher::wake_at(std::uint64_t due_ms, std::uint64_t now_ms) {
  due_ms = std::max(due_ms, now_ms);
  if (is_stopped_ || (wakes_ms_ != 0 && wakes_ms_ <= due_ms)) return;
  wakes_ms_ = due_ms;
  timer_.expires_after(std::chrono::milliseconds(std::min(due_ms - now_ms, kTimerMsMax)));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    wakes_ms_ = 0;
    pump();
  });
}

void Dispatcher::pump() {
  if (is_stopped_) return;
  const std::uint64_t now_ms = context_.now_ms();
  while (!waiting_.empty() && waiting_.begin()->first <= now_ms) {
    auto due = waiting_.extract(waiting_.begin());
    route(due.mapped(), now_ms);
  }
  if (!waiting_.empty()) wake_at(waiting_.begin()->first, now_ms);
  for (auto& [origin, service] : services_) pump(service, now_ms);
  std::erase_if(services_, [this](const auto& each) {
    const Service& service = each.second;
    return services_.size() > context_.settings.services_max && service.busy == 0 && service.ready.empty() &&
           !service.is_suspended;
  });
}

Job* Dispatcher::job_of(const Delivery& delivery) const {
  Job* const job = context_.slots.own(delivery.slot);
  return job != nullptr && job->id == delivery.job_id ? job : nullptr;
}

JobTarget* Dispatcher::target_of(const Delivery& delivery) const {
  Job* const job = job_of(delivery);
  if (job == nullptr) return nullptr;
  const auto found = std::find_if(job->targets.begin(), job->targets.end(),
                                  [&delivery](const JobTarget& each) { return each.device_id == delivery.device_id; });
  return found == job->targets.end() ? nullptr : &*found;
}

void Dispatcher::route(const Delivery& delivery, std::uint64_t now_ms) {
  const Job* const job = job_of(delivery);
  if (job == nullptr) return;
  if (job->expires_ms <= now_ms) return listener_.ended(delivery, PushOutcome::expired);
  const Device* const device = context_.devices.find(delivery.device_id);
  if (device == nullptr || device->user_id != job->user_id) return listener_.ended(delivery, PushOutcome::gone);
  if (!context_.signer.knows(device->vapid_key)) return listener_.ended(delivery, PushOutcome::wrong_key);
  auto endpoint = context_.rules.endpoint_of(device->endpoint);
  if (!endpoint) return listener_.ended(delivery, PushOutcome::refused);
  if (!job->only_offline || !context_.find_online) return enqueue(delivery, *std::move(endpoint));
  context_.find_online(job->user_id, [this, delivery, endpoint = *endpoint](bool is_online) {
    if (is_stopped_) return;
    if (is_online) return listener_.ended(delivery, PushOutcome::seen);
    enqueue(delivery, endpoint);
    wake_at(context_.now_ms(), context_.now_ms());
  });
}

void Dispatcher::enqueue(const Delivery& delivery, Endpoint endpoint) {
  Service& service = services_[endpoint.origin];
  if (service.place.origin.empty()) service.place = std::move(endpoint);
  service.ready.push_back(delivery);
}

void Dispatcher::pump(Service& service, std::uint64_t now_ms) {
  if (service.ready.empty()) return;
  const bool is_probe = service.is_suspended;
  if (is_probe && now_ms < service.suspended_until_ms) return wake_at(service.suspended_until_ms, now_ms);
  const std::size_t limit = is_probe ? 1 : context_.settings.connections_max;
  while (service.busy < limit && !service.ready.empty()) {
    Delivery delivery = std::move(service.ready.front());
    service.ready.pop_front();
    const Job* const job = job_of(delivery);
    if (job == nullptr) continue;
    if (job->expires_ms <= now_ms) {
      listener_.ended(delivery, PushOutcome::expired);
      continue;
    }
    ++service.busy;
    ++under_way_;
    asio::co_spawn(context_.io, send(service.place.origin, std::move(delivery)), asio::detached);
  }
}

asio::awaitable<http_client::HttpOutcome> Dispatcher::ask(http_client::HttpConnection& connection,
                                                          http_client::HttpRequest request) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(context_.settings.request_timeout_ms);
  http_client::HttpOutcome outcome = co_await connection.ask(request, deadline);
  const auto* fault = std::get_if<http_client::HttpError>(&outcome);
  // A kept connection may have been closed meanwhile.
  if (fault != nullptr && fault->is_broken) outcome = co_await connection.ask(std::move(request), deadline);
  co_return outcome;
}

// A service that has something under way stays in the table.
asio::awaitable<void> Dispatcher::send(std::string origin, Delivery delivery) {
  Service& service = services_[origin];
  const std::uint64_t begun_ms = context_.now_ms();
  std::unique_ptr<http_client::HttpConnection> connection;
  if (!service.idle.empty()) {
    connection = std::move(service.idle.back());
    service.idle.pop_back();
  } else {
    connection = std::make_unique<http_client::HttpConnection>(context_.io.get_executor(), service.place.url, kAnswerBytesMax);
    if (!service.place.is_of_test) connection->connect_to_public_only();
  }
  const Job* const job = job_of(delivery);
  const Device* const device = context_.devices.find(delivery.device_id);
  const auto endpoint = device == nullptr ? std::nullopt : context_.rules.endpoint_of(device->endpoint);
  std::optional<http_client::HttpRequest> request;
  if (job != nullptr && endpoint)
    request = web_request(*device, *endpoint, *job, context_.signer.authorization(device->vapid_key, origin, context_.now_s()),
                          begun_ms);
  if (request) {
    const http_client::HttpOutcome outcome = co_await ask(*connection, *std::move(request));
    settle(service, delivery, outcome, begun_ms);
  } else if (job != nullptr) {
    listener_.ended(delivery, device == nullptr ? PushOutcome::gone : PushOutcome::too_large);
  }
  service.idle.push_back(std::move(connection));
  --service.busy;
  --under_way_;
  if (is_stopped_ && is_idle()) listener_.idle();
  wake_at(context_.now_ms(), context_.now_ms());
}

void Dispatcher::settle(Service& service, const Delivery& delivery, const http_client::HttpOutcome& outcome,
                        std::uint64_t begun_ms) {
  const auto* answer = std::get_if<http_client::HttpClientResponse>(&outcome);
  const unsigned status = answer == nullptr ? 0 : answer->result_int();
  const PushVerdict verdict = answer == nullptr ? PushVerdict::unavailable : verdict_of(status);
  const Job* const job = job_of(delivery);
  const std::uint64_t now_ms = context_.now_ms();
  JsonText fields;
  fields.text("notification", delivery.job_id).text("service", service.place.url.host).number("status", status);
  if (answer == nullptr) fields.text("fault", std::get<http_client::HttpError>(outcome).words);
  context_.write(LogLevel::debug, "push_sent", fields.number("ms", now_ms - begun_ms));
  const std::string_view field =
      answer == nullptr ? std::string_view() : std::string_view((*answer)[beast_http::field::retry_after]);
  const std::uint64_t pause_ms = std::min(retry_after_s(field, context_.now_s()) * 1'000, kRetryAfterMsMax);
  switch (verdict) {
    case PushVerdict::accepted:
      note_success(service);
      if (job != nullptr && context_.metrics)
        context_.metrics->observe(metrics::Metric::push_seconds, std::size_t{0},
                                  (now_ms - std::min(now_ms, job->accepted_ms)) * metrics::kMillisecond);
      return listener_.ended(delivery, PushOutcome::accepted);
    case PushVerdict::gone:
      return listener_.ended(delivery, PushOutcome::gone);
    case PushVerdict::too_large:
      return listener_.ended(delivery, PushOutcome::too_large);
    case PushVerdict::refused:
      note_refusal(service, delivery, status, answer->body());
      return postpone(delivery, std::max(pause_ms, context_.settings.suspension_ms));
    case PushVerdict::slow_down:
    case PushVerdict::unavailable:
      return postpone(delivery, pause_ms);
  }
}

void Dispatcher::postpone(const Delivery& delivery, std::uint64_t at_least_ms) {
  JobTarget* const target = target_of(delivery);
  if (target == nullptr) return;
  const std::uint64_t now_ms = context_.now_ms();
  target->due_ms = now_ms + std::max(at_least_ms, backoff_ms(context_.settings, target->tries));
  ++target->tries;
  if (target->due_ms >= job_of(delivery)->expires_ms) return listener_.ended(delivery, PushOutcome::expired);
  context_.count(PushOutcome::retried);
  listener_.postponed(delivery, target->due_ms);
  add(delivery, target->due_ms);
}

void Dispatcher::note_refusal(Service& service, const Delivery& delivery, unsigned status, std::string_view body) {
  const Job* const job = job_of(delivery);
  if (status == kUnauthorized || status == kForbidden) context_.signer.forget(service.place.origin);
  if (job != nullptr) service.refused_users.insert(job->user_id);
  JsonText fields;
  fields.text("service", service.place.url.host).number("status", status).text("answer", shown_answer(body));
  const bool begins = service.refused_users.size() >= context_.settings.refusals_max || service.is_suspended;
  if (!begins) return context_.write(LogLevel::warn, "push_refused", std::move(fields));
  service.suspended_until_ms = context_.now_ms() + context_.settings.suspension_ms;
  if (std::exchange(service.is_suspended, true)) return;
  context_.write(LogLevel::error, "push_suspended", std::move(fields));
  count_suspended();
}

void Dispatcher::note_success(Service& service) {
  service.refused_users.clear();
  if (!std::exchange(service.is_suspended, false)) return;
  context_.write(LogLevel::info, "push_resumed", std::move(JsonText().text("service", service.place.url.host)));
  count_suspended();
}

void Dispatcher::count_suspended() const {
  const auto suspended =
      std::count_if(services_.begin(), services_.end(), [](const auto& each) { return each.second.is_suspended; });
  context_.set(metrics::Metric::push_suspended, static_cast<std::uint64_t>(suspended));
}

}  // namespace dialogue::push
