// The part of an HTTP session that waits: for the API, which asks the shards, and for the store. The wait is a timer that the
// answer cancels on this loop's thread; a deadline and the end of the loop end it in the same way.
#include <boost/beast/http/error.hpp>
#include <optional>
#include <utility>

#include "server/api/api_audit.hpp"
#include "server/http/connection_admission.hpp"
#include "server/http/http_session.hpp"
#include "server/http/path_handler.hpp"
#include "server/http/request/http_check.hpp"
#include "server/http/request/origin.hpp"
#include "server/http/request/refused.hpp"
#include "server/http/response/http_router.hpp"
#include "server/loop/shard_loop.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::http {
namespace {

namespace beast = boost::beast;
namespace beast_http = boost::beast::http;

constexpr std::string_view kIdempotencyKey = "Idempotency-Key";
/// What a field counts as that is there and empty: no key has this form, so that it is refused, and not taken for none.
constexpr std::string_view kEmptyKey = "\"\"";
constexpr std::string_view kWhoSeesFigures = "Metrics require an API key with the scope read, or use --metrics-listen.";
constexpr unsigned kUnauthorized = 401, kForbidden = 403;
constexpr std::uint64_t kPatienceMs = 1000;  ///< beyond a wait's own time

std::string text_of(const beast::string_view& text) { return {text.data(), text.size()}; }

/// Damage does not make it unready: what can be read is served, and another server would have the same store.
HttpResponse ready_answer(core::StoreStatus status, const std::string& damage) {
  const bool is_ready = status == core::StoreStatus::ok;
  JsonText text;
  text.text("status", is_ready ? "ready" : "store_unavailable");
  if (!damage.empty()) text.text("store", damage);
  return api::json_answer(is_ready ? 200 : 503, text.take() + '\n');
}

HttpResponse timed_out() {
  return api::problem_answer({503, ErrorCode::store_unavailable, "The request timed out; it may still take effect."});
}

}  // namespace

void HttpSession::abandon() {
  stream_.close();
  if (waiting_) waiting_->cancel();
}

// `waiting` is looked at on the loop's thread only; other threads carry it.
std::function<void(std::function<void()> before)> HttpSession::begin_wake() {
  waiting_ = std::make_shared<Waiting>(loop_.executor());
  return [waiting = std::weak_ptr(waiting_), post = loop_.poster()](std::function<void()> before) {
    post([waiting, before = std::move(before)] {
      const auto alive = waiting.lock();
      if (!alive) return;
      if (before) before();
      alive->wake();
    });
  };
}

HttpSession::Awaitable<bool> HttpSession::wait_for_wake(std::uint64_t timeout_ms) {
  set_deadline(timeout_ms + kPatienceMs);
  const auto waiting = waiting_;
  const bool is_awake = co_await waiting->wait(timeout_ms);
  waiting_.reset();
  co_return is_awake;
}

HttpSession::Awaitable<HttpResponse> HttpSession::wait_for_response(Pending<HttpResponse> pending, std::uint64_t timeout_ms) {
  std::optional<HttpResponse> response = co_await wait_for(std::move(pending), timeout_ms);
  co_return response ? *std::move(response) : timed_out();
}

// --- The server's own paths ---

/// A part of the session as a handler.
class HttpSession::Part : public PathHandler {
 public:
  using Serve = Awaitable<Next> (HttpSession::*)(Parser& parser, const CheckedRequest& request);
  explicit Part(Serve function) : serve_(function) {}

  [[nodiscard]] Awaitable<void> serve(Exchange& exchange) const override {
    const Next next = co_await (exchange.session_.*serve_)(exchange.parser_, exchange.request_);
    exchange.next_ = static_cast<std::uint8_t>(next);
    exchange.has_ended_ = true;
  }

 private:
  const Serve serve_;
};

void HttpSession::add_own_paths(PathTable& table, const HttpConfig& config) {
  const auto add = [&table](std::string_view path, bool has_below, PathReach reach, Part::Serve serve) {
    table.add({std::string(path), has_below, reach, std::make_shared<Part>(serve)});
  };
  add(api::kApiPath, true, PathReach::administrators, &HttpSession::serve_api);
  add(kMetricsPath, false, PathReach::operators, config.metrics ? &HttpSession::serve_metrics : &HttpSession::serve_page);
  for (const std::string_view probe : {kHealthPath, kReadyPath})
    add(probe, false, PathReach::operators, &HttpSession::serve_page);
  add("/", true, PathReach::clients, &HttpSession::serve_page);
}

// --- The API ---

HttpSession::Awaitable<HttpSession::Next> HttpSession::serve_api(Parser& parser, const CheckedRequest& request) {
  const RequestHeader& header = parser.get();
  const api::ApiRequest asked = api_request(header, request);
  trace_ = begin_trace(header);
  auto pending = begin_waiting<api::ApiAdmission>();
  context_.api.admit(asked, api_host(), pending.give);
  auto admission = co_await wait_for(std::move(pending), context_.config.http.answer_timeout_ms);
  if (!admission) admission = timed_out();
  if (auto* admitted = std::get_if<api::AdmittedRequest>(&*admission))
    co_return co_await serve_admitted(parser, asked, std::move(*admitted));
  auto& refusal = std::get<api::ApiRefusal>(*admission);
  co_return co_await finish(parser, api_answer(asked, std::move(refusal.answer), refusal.caller));
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::serve_admitted(Parser& parser, const api::ApiRequest& asked,
                                                                      api::AdmittedRequest admitted) {
  if (trace_) {
    const std::string route = std::string(api::kApiPath) + std::string(admitted.route->path);
    trace_->trust_parent();
    trace_->set_name(asked.method + ' ' + route);
    trace_->set_attribute("http.request.method", asked.method);
    trace_->set_attribute("http.route", route);
  }
  const std::size_t bytes_max = admitted.body_bytes_max;
  const bool wants_body = bytes_max > 0;
  if (wants_body) {
    const unsigned status = co_await read_wanted_body(parser, bytes_max);
    if (!stream_.is_open()) co_return Next::gone;
    if (status != 0)
      co_return co_await write(api_answer(asked, api::problem_answer(api::body_problem(status, bytes_max))), false);
  }
  std::string body = wants_body ? std::move(parser.get().body()) : std::string();
  auto pending = begin_waiting<HttpResponse>();
  context_.api.answer(std::move(admitted), std::move(body), api_host(), pending.give);
  HttpResponse answer = co_await wait_for_response(std::move(pending), context_.config.http.answer_timeout_ms);
  if (!stream_.is_open()) co_return Next::gone;
  answer = api_answer(asked, std::move(answer));
  if (!wants_body) co_return co_await finish(parser, std::move(answer));
  co_return co_await write(std::move(answer), parser.keep_alive() && !loop_.draining());
}

HttpSession::Awaitable<unsigned> HttpSession::read_wanted_body(Parser& parser, std::size_t bytes_max) {
  parser.body_limit(bytes_max);
  if (parser.content_length_remaining().value_or(0) > bytes_max) co_return 413u;
  if (parser.is_done()) co_return 0u;
  if (parser.get().count(beast_http::field::expect) > 0) {
    const bool is_written = co_await write_continue();
    if (!is_written) co_return 400u;
  }
  const net::error_code error = co_await read_body(parser);
  if (is_overdue_) co_return kRequestTimeout;
  if (error == beast_http::error::body_limit) co_return 413u;
  co_return error ? 400u : 0u;
}

api::ApiRequest HttpSession::api_request(const RequestHeader& header, const CheckedRequest& request) const {
  api::ApiRequest asked;
  asked.method = text_of(header.method_string());
  asked.path = request.path.substr(api::kApiPath.size());
  asked.match = request.match;
  asked.query = request.query;
  asked.origin = origin_of(header);
  asked.authorization = authorization_of(header);
  asked.content_type = text_of(header[beast_http::field::content_type]);
  asked.idempotency_key = text_of(header[beast::string_view(kIdempotencyKey.data(), kIdempotencyKey.size())]);
  if (asked.idempotency_key.empty() && header.count("Idempotency-Key") > 0) asked.idempotency_key = kEmptyKey;
  asked.page = page_origin(context_, header, source());
  for (const beast::string_view name : {"Authorization", "Content-Type", "Idempotency-Key"})
    asked.repeats_a_field = asked.repeats_a_field || header.count(name) > 1;
  const beast::string_view length = header[beast_http::field::content_length];
  const bool holds_no_member = length.empty() || length == "0" || length == "1" || length == "2";
  asked.has_members = header.count(beast_http::field::transfer_encoding) > 0 || !holds_no_member;
  asked.draining = loop_.draining();
  asked.is_near = context_.config.allows_loopback_origins && is_near(header, request);
  return asked;
}

// All of it may be used by other threads, as long as the server runs.
api::ApiHost HttpSession::api_host() const {
  net::AddressLimits& limits = context_.address_limits;
  const net::IpAddress& address = client_;
  return {
      .run = [post = loop_.poster()](std::function<void()> task) { post(std::move(task)); },
      .log = loop_.context().config.log,
      .ask = [&loop = loop_, traced = trace_](
                 std::string_view room_id, core::ApplicationCall asked,
                 calls::CallDone done) { loop.ask_owner(room_id, std::move(asked), std::move(done), traced); },
      .take = [&limits, &loop = loop_, address](core::RateTier tier) { return limits.meter(address, tier, loop.monotonic_ms()); },
      .now_ms = [&loop = loop_] { return loop.monotonic_ms(); },
      .connection_count = [&loop = loop_] { return loop.load_of_all(); },
      .is_memory_full = [&context = context_, &loop = loop_] { return context.memory.is_over(loop.monotonic_ms()); },
      .address = address.to_string(),
      .peer = socket_peer_.to_string(),
      .is_counted = limits.is_counted(address),
      .trace = trace_ ? trace_->id_text() : std::string()};
}

HttpResponse HttpSession::api_answer(const api::ApiRequest& asked, HttpResponse answer, std::string_view caller) const {
  api::Api::add_origin_fields(asked, answer);
  if (trace_) answer.fields.emplace_back(trace::kTraceparentField, trace_->traceparent());
  if (answer.status == kTooManyRequests) loop_.metrics().count(metrics::Metric::limit_hits_total, metrics::LimitKind::address);
  if (answer.status == kUnauthorized || answer.status == kForbidden || answer.status == kTooManyRequests) {
    JsonText fields;
    fields.number("status", answer.status).text("method", asked.method).text("path", asked.path);
    api::add_call(fields, asked.match);
    if (!caller.empty()) fields.text("caller", caller);
    fields.text("address", client_.to_string()).text("peer", socket_peer_.to_string());
    if (trace_) fields.text("trace", trace_->id_text());
    loop_.log(core::LogLevel::info, "api_refused", fields.take());
  }
  return answer;
}

trace::TracePtr HttpSession::begin_trace(const RequestHeader& header) const {
  const auto& tracer = context_.config.tracer;
  if (!tracer) return nullptr;
  const auto field = [](std::string_view name) { return beast::string_view(name.data(), name.size()); };
  std::string parent, state;
  if (header.count(field(trace::kTraceparentField)) == 1) parent = text_of(header[field(trace::kTraceparentField)]);
  const auto [begin, end] = header.equal_range(field(trace::kTracestateField));
  for (auto each = begin; each != end && state.size() <= trace::kTracestateBytesMax; ++each)
    state += (state.empty() ? "" : ",") + text_of(each->value());
  return tracer->begin("HTTP request", trace::SpanKind::server, trace::context_of_fields(parent, std::move(state)));
}

void HttpSession::end_trace(unsigned status) {
  if (!trace_) return;
  constexpr unsigned kServerFault = 500;
  trace_->set_attribute("http.response.status_code", static_cast<std::int64_t>(status));
  trace_->end(status >= kServerFault ? trace::SpanStatus::error : trace::SpanStatus::unset);
  trace_.reset();
}

// --- For operators ---

// A proxy on this machine that forwards everything looks like this machine: its requests are indistinguishable. Being local is
// therefore enough only if no key or token exists, and then by the rule of development identities.
bool HttpSession::is_near(const RequestHeader& header, const CheckedRequest& request) const {
  const HttpConfig& config = context_.config;
  const bool has_keys = config.api.keys && !config.api.keys->is_empty();
  if (header.version() == 10) return false;  // nginx speaks it by default, and says nothing else; browsers and curl do not
  return config.shows_metrics_on_loopback && !has_keys && loopback_listener_ && net::is_loopback_address(fsm_.peer()) &&
         is_loopback_host(request.host) && !is_forwarded(header) && !config.expects_proxy_header;
}

HttpSession::Awaitable<Refused> HttpSession::metrics_refusal(const RequestHeader& header, const CheckedRequest& request) {
  if (loop::is_for_operators(listener_)) co_return Refused{};
  const HttpConfig& config = context_.config;
  const bool has_keys = config.api.keys && !config.api.keys->is_empty();
  if (std::string token = bearer_token(header); !token.empty() && (has_keys || config.api.callers))
    co_return co_await metrics_refusal_of(std::move(token));
  if (is_near(header, request)) co_return Refused{};
  co_return Refused{kUnauthorized, kWhoSeesFigures};
}

// Metrics are not rate-limited, except after failed logins: checking a key is fast, and the cost of checking tokens is bounded.
HttpSession::Awaitable<Refused> HttpSession::metrics_refusal_of(std::string token) {
  const HttpConfig& config = context_.config;
  if (const auto key = config.api.keys ? config.api.keys->find(token) : nullptr)
    co_return Refused{key->scopes.allow(api::ApiScope::read) ? 0u : kForbidden, kWhoSeesFigures};
  net::AddressLimits& limits = context_.address_limits;
  const net::IpAddress address = client_;
  bool is_failed = true;  // what no key is, where there are no tokens
  if (config.api.callers) {
    const std::uint64_t now_ms = loop_.monotonic_ms();
    if (limits.wait_ms(address, net::AddressLimits::Tier::login, now_ms) > 0)
      if (const std::uint64_t wait_ms = limits.take(address, net::AddressLimits::Tier::request, now_ms); wait_ms > 0)
        co_return Refused{kTooManyRequests, "Rate limit exceeded for this address.", wait_ms};
    auto pending = begin_waiting<api::CallerVerdict>();
    config.api.callers(std::move(token), pending.give);
    const auto verdict = co_await wait_for(std::move(pending), config.http.ready_timeout_ms);
    const auto* caller = verdict ? std::get_if<api::Caller>(&*verdict) : nullptr;
    if (caller != nullptr && caller->may(core::Right::manage, {})) co_return Refused{};
    is_failed = verdict && caller == nullptr && core::is_failed_login(std::get<core::Refusal>(*verdict).code);
  }
  if (is_failed)
    if (const std::uint64_t wait_ms = limits.take(address, net::AddressLimits::Tier::login, loop_.monotonic_ms()); wait_ms > 0)
      co_return Refused{kTooManyRequests, "Too many invalid keys or tokens from this address.", wait_ms};
  co_return Refused{kUnauthorized, kWhoSeesFigures};
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::serve_metrics(Parser& parser, const CheckedRequest& request) {
  const Refused refused = co_await metrics_refusal(parser.get(), request);
  if (!stream_.is_open()) co_return Next::gone;
  if (refused.status != 0) co_return co_await refuse(refused);
  auto pending = begin_waiting<HttpResponse>();
  loop_.read_all_metrics([&write = context_.config.metrics, accept = text_of(parser.get()[beast_http::field::accept]),
                          give = pending.give](metrics::Reading reading) {
    MetricsAnswer written = write(std::move(reading), accept);
    give({.fields = {{"Content-Type", std::string(written.content_type)}, {"Cache-Control", "no-store"}},
          .body = std::make_shared<const std::string>(std::move(written.text))});
  });
  HttpResponse answer = co_await wait_for_response(std::move(pending), context_.config.http.answer_timeout_ms);
  if (!stream_.is_open()) co_return Next::gone;
  co_return co_await finish(parser, std::move(answer));
}

// --- Readiness and files ---

HttpSession::Awaitable<HttpSession::Next> HttpSession::serve_page(Parser& parser, const CheckedRequest& request) {
  HttpResponse answer = context_.router.answer(parser.get(), request, loop_.draining() || context_.is_leaving);
  const bool must_ask = context_.store_verdict || context_.config.why_not_ready;
  if (request.path == kReadyPath && answer.status == 200 && must_ask) co_return co_await serve_ready(parser);
  co_return co_await finish(parser, std::move(answer));
}

HttpSession::Awaitable<HttpSession::Next> HttpSession::serve_ready(Parser& parser) {
  const HttpContext& context = context_;
  const std::string reason = context.config.why_not_ready ? context.config.why_not_ready() : std::string();
  if (!reason.empty()) co_return co_await finish(parser, api::json_answer(503, "{\"status\":\"" + reason + "\"}\n"));
  if (!context.store_verdict) co_return co_await finish(parser, ready_answer(core::StoreStatus::ok, {}));
  auto pending = begin_waiting<HttpResponse>();
  context.store_verdict->ask(loop_.monotonic_ms(),
                             [give = pending.give, store = loop_.context().config.store,
                              is_well = loop_.appends_are_well(context.config.http.ready_timeout_ms)](core::StoreStatus status) {
                               give(ready_answer(is_well ? status : core::StoreStatus::busy, store->damage()));
                             });
  std::optional<HttpResponse> answer = co_await wait_for(std::move(pending), context.config.http.ready_timeout_ms);
  if (!stream_.is_open()) co_return Next::gone;
  if (!answer) answer = ready_answer(core::StoreStatus::busy, {});
  co_return co_await finish(parser, *std::move(answer));
}

}  // namespace dialogue::http
