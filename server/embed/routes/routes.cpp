// The order in which a request is looked at: origin, method, state of the server, limit, parameters, body; then the handler.
#include "server/embed/routes/routes.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <dialogue/setup_error.hpp>
#include "server/api/api_problem.hpp"
#include "server/embed/routes/route_channel.hpp"
#include "server/embed/routes/route_conditions.hpp"
#include "server/embed/routes/route_openapi.hpp"
#include "server/embed/routes/route_values.hpp"
#include "server/http/http_context.hpp"
#include "shared/json/json_text.hpp"
#include "shared/validate/validator.hpp"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // a false alarm of g++ 12 about Asio's coroutine frames
#endif

namespace dialogue {
namespace {

using api::problem_answer, http::Exchange, http::HttpResponse;

constexpr std::uint64_t kMemoryRetryMs = 10'000, kDrainingRetryMs = 2000;
constexpr std::string_view kDidNotAnswer = "The application did not answer in time; the request may still take effect.";

/// Adds the fields that let pages of a listed origin read the response (CORS).
void add_origin_fields(const Exchange& exchange, HttpResponse& response) {
  if (exchange.page() == api::PageOrigin::listed) {
    response.fields.emplace_back("Access-Control-Allow-Origin", http::origin_of(exchange.header()));
    response.fields.emplace_back("Access-Control-Expose-Headers", "ETag, Location, Retry-After, traceparent");
  }
  response.fields.emplace_back("Vary", "Origin");
}

void log_fault(const Exchange& exchange, const Route& route, std::string_view event, std::string_view what,
               const std::string& trace) {
  JsonText fields;
  fields.text("method", route.method).text("route", route.path).text("what", what);
  if (!trace.empty()) fields.text("trace", trace);
  if (event == "route_threw")
    exchange.log(core::LogLevel::error, "route_threw", fields.take());
  else
    exchange.log(core::LogLevel::warn, "route_late", fields.take());
}

HttpResponse failed() { return problem_answer({500, ErrorCode::internal, "The application failed; see the server's log."}); }

/// Returns the response to send for a handler's: with the fields for pages and traces, or a problem if the handler's is invalid.
HttpResponse sent_of(const Exchange& exchange, const Route& route, RouteResponse& response, const trace::TracePtr& trace,
                     bool has_body = true) {
  HttpResponse made;
  if (has_body) apply_conditions(exchange.header(), response);
  if (const std::string fault = response_fault(response); fault.empty()) {
    made = http_response(response, has_body);
  } else {
    log_fault(exchange, route, "route_threw", fault, trace ? trace->id_text() : std::string());
    made = failed();
  }
  add_origin_fields(exchange, made);
  if (trace) made.fields.emplace_back(trace::kTraceparentField, trace->traceparent());
  return made;
}

}  // namespace

RouteServer::RouteServer(std::vector<std::uint8_t> catalogue_bytes)
    : catalogue_bytes_(std::move(catalogue_bytes)), catalogue_(CatalogueView::parse(catalogue_bytes_).value()) {}

void RouteServer::add(Route route) {
  using std::chrono::milliseconds, std::chrono::minutes;
  const std::string where = "route(\"" + route.method + "\", \"" + route.path + "\")";
  const RouteOptions options = route.options;
  if (options.timeout < milliseconds(10) || options.timeout > minutes(10))
    throw SetupError(where, "the timeout is not 10 ms to 10 min", "Choose one in between.");
  if (options.body_bytes_max > kRouteBodyBytesMax)
    throw SetupError(where, "body_bytes_max is above 1 GiB", "Have larger bodies sent in several requests.");
  const auto event = catalogue_.find_event(options.body_event);
  if (!options.body_event.empty() && !event)
    throw SetupError(where, "the definitions have no event \"" + options.body_event + "\"", "Name one that they have.");
  for (const RouteParameter& parameter : options.parameters)
    if (parameter.name.empty() || !(parameter.min <= parameter.max))
      throw SetupError(where, "a parameter has no name, or a minimum above its maximum", "Name it, and exchange the two.");
  const Route& added = table_.add(std::move(route));
  if (event && !options.body_event.empty()) events_[&added] = *event;
  if (!options.limit) return;
  net::AddressLimitSettings settings;
  settings.requests = *options.limit;
  limits_[&added] = std::make_unique<net::AddressLimits>(settings, 0);
}

HttpResponse RouteServer::refusal(const Exchange& exchange, const RouteMatch& match, const Route* route) const {
  if (exchange.page() == api::PageOrigin::foreign)
    return problem_answer({403, ErrorCode::forbidden, "This origin is not allowed to call the server; see --allow-origin."});
  if (exchange.header().method() == boost::beast::http::verb::options)
    return {.status = 204,
            .fields = {{"Allow", match.allowed()},
                       {"Access-Control-Allow-Methods", match.allowed()},
                       {"Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, traceparent, tracestate"},
                       {"Access-Control-Max-Age", "600"}}};
  if (route == nullptr) {
    HttpResponse refused = problem_answer({405, ErrorCode::not_supported, "Method not allowed."});
    refused.fields.emplace_back("Allow", match.allowed());
    return refused;
  }
  if (exchange.is_draining()) return problem_answer({503, ErrorCode::draining, {}, {}, kDrainingRetryMs});
  if (exchange.has_body() && exchange.context().memory.is_over(exchange.now().monotonic_ms))
    return problem_answer({503, ErrorCode::server_full, {}, {}, kMemoryRetryMs});
  if (const std::uint64_t ms = wait_ms(exchange, *route); ms > 0)
    return problem_answer({429, ErrorCode::rate_limited, "Rate limit exceeded for this address.", {}, ms});
  if (exchange.announced_bytes().value_or(0) > route->options.body_bytes_max)
    return problem_answer(api::body_problem(413, route->options.body_bytes_max));
  return {.status = 0};
}

std::uint64_t RouteServer::wait_ms(const Exchange& exchange, const Route& route) const {
  const auto own = limits_.find(&route);
  net::AddressLimits& limits = own != limits_.end() ? *own->second : exchange.context().address_limits;
  return limits.take(exchange.client(), core::RateTier::request, exchange.now().monotonic_ms);
}

HttpResponse RouteServer::body_problem(const Route& route, std::string& body) const {
  const auto event = events_.find(&route);
  if (event == events_.end()) return {.status = 0};
  Verdict verdict;
  validate(catalogue_, event->second, body, verdict);
  if (verdict.valid()) return {.status = 0};
  api::ApiProblem problem = api::problem_of({verdict.code, std::string(verdict.argument()), std::string(verdict.path())});
  problem.status = 422;
  return problem_answer(problem);
}

Exchange::Awaitable<void> RouteServer::serve(Exchange& exchange) const {
  const RouteMatch match = table_.find(exchange.request().path).value();
  const auto method = exchange.header().method_string();
  const Route* const route = match.of({method.data(), method.size()});
  HttpResponse refused = refusal(exchange, match, route);
  std::optional<route_detail::RequestData> data;
  if (refused.status == 0) {
    data = request_data(exchange, *route, match.values);
    if (!data)
      refused = problem_answer({400, ErrorCode::request_invalid, "The query is malformed."});
    else if (const auto fault = parameter_fault(*route, *data))
      refused = problem_answer(
          {fault->status, fault->status == 404 ? ErrorCode::not_supported : ErrorCode::request_invalid, fault->detail});
  }
  if (refused.status != 0) {
    add_origin_fields(exchange, refused);
    co_return co_await exchange.respond(std::move(refused));
  }
  const trace::TracePtr trace = exchange.begin_trace(route->method + ' ' + route->path);
  if (trace) {
    trace->set_attribute("http.request.method", route->method);
    trace->set_attribute("http.route", route->path);
    data->trace = trace->id_text();
  }
  if (const auto* source = std::get_if<StreamSource>(&route->handler)) {
    RouteRequest request(std::make_shared<const route_detail::RequestData>(*std::move(data)));
    co_return co_await serve_stream(exchange, *route, *source, std::move(request));
  }
  co_await serve_whole(exchange, *route, *std::move(data));
}

Exchange::Awaitable<void> RouteServer::serve_whole(Exchange& exchange, const Route& route, route_detail::RequestData data) const {
  const unsigned status = co_await exchange.read_body(route.options.body_bytes_max, data.body);
  if (!exchange.is_open()) co_return;
  HttpResponse refused{.status = 0};
  if (status != 0)
    refused = problem_answer(api::body_problem(status, route.options.body_bytes_max));
  else
    refused = body_problem(route, data.body);
  if (refused.status != 0) {
    add_origin_fields(exchange, refused);
    co_return co_await exchange.respond(std::move(refused));
  }
  const std::string id = data.trace;
  RouteRequest request(std::make_shared<const route_detail::RequestData>(std::move(data)));
  RouteOutcome outcome = co_await ask(exchange, route, std::move(request));
  if (!exchange.is_open()) co_return;
  HttpResponse response;
  if (outcome.response) {
    response = sent_of(exchange, route, *outcome.response, exchange.trace());
  } else if (outcome.fault.empty()) {
    log_fault(exchange, route, "route_late", kDidNotAnswer, id);
    response = problem_answer({503, ErrorCode::hook_unavailable, std::string(kDidNotAnswer)});
    add_origin_fields(exchange, response);
  } else {
    log_fault(exchange, route, "route_threw", outcome.fault, id);
    response = failed();
    add_origin_fields(exchange, response);
  }
  co_await exchange.respond(std::move(response));
}

Exchange::Awaitable<RouteOutcome> RouteServer::ask(Exchange& exchange, const Route& route, RouteRequest request) const {
  if (const auto* function = std::get_if<std::function<RouteResponse(const RouteRequest&)>>(&route.handler)) {
    RouteOutcome outcome;
    try {
      outcome.response = (*function)(request);
    } catch (const std::exception& error) { outcome.fault = error.what(); } catch (...) {
      outcome.fault = "it threw something that is not a std::exception";
    }
    if (!outcome.response && outcome.fault.empty()) outcome.fault = "it threw";
    co_return outcome;
  }
  // The loop's thread alone looks at the outcome: what answers is posted there.
  const auto outcome = std::make_shared<RouteOutcome>();
  const std::function<void()> wake = exchange.begin_waiting();
  const auto done = [outcome, wake, post = exchange.poster()](RouteOutcome found) {
    post([outcome, wake, found = std::move(found)] {
      *outcome = found;
      if (!outcome->response && outcome->fault.empty()) outcome->fault = "it threw";
      wake();
    });
  };
  std::function<void()> cancel;
  std::string fault;
  try {
    cancel = std::get<RouteSource>(route.handler)(std::move(request), done);
  } catch (const std::exception& error) { fault = error.what(); }
  if (!fault.empty()) co_return RouteOutcome{std::nullopt, fault};
  exchange.watch_peer(cancel);
  const bool is_answered = co_await exchange.wait(static_cast<std::uint64_t>(route.options.timeout.count()));
  if (!is_answered && cancel) cancel();
  co_return is_answered ? std::move(*outcome) : RouteOutcome{};
}

Exchange::Awaitable<void> RouteServer::serve_stream(Exchange& exchange, const Route& route, const StreamSource& source,
                                                    RouteRequest request) const {
  const auto channel = std::make_shared<RouteChannel>();
  const std::string id = request.trace();
  const std::function<void()> cancel =
      source(std::move(request), RouteStream(channel), [channel](std::string fault) { channel->end(std::move(fault)); });
  std::string fault;
  bool has_begun = false, is_over = false, is_late = false;
  RouteResponse head;
  while (!is_over && exchange.is_open()) {
    auto step = channel->take(exchange.begin_waiting());
    if (!step) {
      const bool is_awake = co_await exchange.wait(static_cast<std::uint64_t>(route.options.timeout.count()));
      is_late = is_over = !is_awake;
      continue;
    }
    exchange.end_waiting();
    if (auto* read = std::get_if<RouteChannel::Read>(&*step)) {
      Exchange::Part part = co_await exchange.read_part(route.options.body_bytes_max);
      const unsigned status = part.status;
      read->done({std::move(part.bytes), status == 0});
      if (status == 0 || has_begun || exchange.has_responded()) continue;
      HttpResponse refused = problem_answer(api::body_problem(status, route.options.body_bytes_max));
      add_origin_fields(exchange, refused);
      co_await exchange.respond(std::move(refused));
      is_over = true;
    } else if (auto* begin = std::get_if<RouteChannel::Begin>(&*step)) {
      if (exchange.has_responded()) continue;
      head = std::move(begin->head);
      const std::string first = std::exchange(head.body, std::string());
      HttpResponse made = sent_of(exchange, route, head, exchange.trace(), false);
      if (made.body) {  // the head cannot be sent, and this is the problem
        co_await exchange.respond(std::move(made));
        is_over = true;
        continue;
      }
      has_begun = co_await exchange.begin_response(made, begin->length);
      if (has_begun && !first.empty()) has_begun = co_await exchange.write(first);
      is_over = !has_begun;
    } else if (auto* write = std::get_if<RouteChannel::Write>(&*step)) {
      const bool is_written = has_begun && co_await exchange.write(write->part);
      write->done(is_written);
    } else if (auto* respond = std::get_if<RouteChannel::Respond>(&*step)) {
      if (exchange.has_responded()) continue;
      HttpResponse made = sent_of(exchange, route, respond->response, exchange.trace());
      co_await exchange.respond(std::move(made));
      is_over = true;
    } else {
      fault = std::move(std::get<RouteChannel::End>(*step).fault);
      if (fault.empty() && has_begun) co_await exchange.end_response();
      if (fault.empty() && !exchange.has_responded()) fault = "it returned without a response";
      is_over = true;
    }
  }
  channel->close();
  if (cancel) cancel();
  if (is_late && exchange.is_open()) log_fault(exchange, route, "route_late", kDidNotAnswer, id);
  if (!fault.empty()) log_fault(exchange, route, "route_threw", fault, id);
  if (exchange.has_responded() || !exchange.is_open() || (fault.empty() && !is_late)) co_return;
  HttpResponse response = failed();
  if (is_late) response = problem_answer({503, ErrorCode::hook_unavailable, std::string(kDidNotAnswer)});
  add_origin_fields(exchange, response);
  co_await exchange.respond(std::move(response));
}

void Routes::configure(host::ServerConfig& server_config) {
  // A row for each path up to its first parameter; the tree decides about what is below.
  std::set<std::string> prefixes;
  server_->table().each([&](const Route& route) {
    server_config.path_body_bytes_max = std::max(server_config.path_body_bytes_max, route.options.body_bytes_max);
    const std::string prefix = route.path.substr(0, route.path.find("/{"));
    prefixes.insert(prefix.empty() ? "/" : prefix);
  });
  server_config.api.more_paths = route_path_items(server_->table());
  for (const std::string& prefix : prefixes)
    server_config.paths.push_back(
        {.path = prefix, .handler = server_, .endpoint = http::Endpoint::route, .is_counted_apart = true});
}

}  // namespace dialogue
