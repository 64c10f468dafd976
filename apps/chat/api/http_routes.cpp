// See http_routes.hpp. Pages of other origins are refused by the server; the type application/json keeps forms of other sites
// from making calls where a browser sends no origin.
#include "apps/chat/api/http_routes.hpp"

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <memory>

#include "apps/chat/api/call.hpp"
#include "apps/chat/api/fields.hpp"
#include "apps/chat/api/request_caller.hpp"

namespace chat {
namespace {

constexpr std::uint64_t kBodyBytesMax = 16 * 1024, kMsPerHour = 3'600'000;
constexpr std::chrono::milliseconds kPasswordTimeout{60'000};
constexpr std::size_t kPasswordCallsMax = 18;  ///< two at work, 16 wait

dialogue::RouteCookie cookie_of(const dialogue::RouteRequest& request, std::string value, std::int64_t max_age_s) {
  dialogue::RouteCookie cookie{cookie_name(request), std::move(value)};
  cookie.max_age_s = max_age_s;
  cookie.is_secure = request.is_secure();
  cookie.same_site = "Strict";
  return cookie;
}

dialogue::RouteResponse response_of(const dialogue::RouteRequest& request, const Answer& answer) {
  auto response = dialogue::RouteResponse::json(boost::json::serialize(answer.body));
  response.fields.emplace_back("Cache-Control", "no-store");
  if (answer.refresh) response.cookies.push_back(cookie_of(request, *answer.refresh, kSessionIdleS));
  if (answer.ends_cookie) response.cookies.push_back(cookie_of(request, "", 0));
  return response;
}

dialogue::RouteResponse response_of(const dialogue::RouteRequest& request, const Fault& fault, bool ends_cookie) {
  auto response = response_of_fault(fault);
  if (ends_cookie) response.cookies.push_back(cookie_of(request, "", 0));
  return response;
}

boost::json::object body_of(const dialogue::RouteRequest& request) {
  const auto type = request.field("content-type").value_or("");
  if (!type.starts_with("application/json")) refuse(FaultCode::invalid_request, "The Content-Type must be application/json.");
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(request.body(), error);
  if (error || !value.is_object()) refuse(FaultCode::invalid_request, "The body must be a JSON object.");
  return std::move(value.get_object());
}

Caller caller_of(Service& service, const Call& call, const dialogue::RouteRequest& request) {
  Caller caller{{}, {}, request.address(), std::string(request.cookie(cookie_name(request)).value_or(""))};
  if (call.needs == Needs::nothing) return caller;
  SignedIn signed_in = caller_by_token(service, request);
  caller.user = std::move(signed_in.user);
  caller.session_id = std::move(signed_in.session_id);
  return caller;
}

dialogue::RouteResponse respond(Service& service, const Call& call, const dialogue::RouteRequest& request) {
  try {
    const Caller caller = caller_of(service, call, request);
    return response_of(request, call.run(service, caller, body_of(request)));
  } catch (const Refused& refused) { return response_of(request, refused.fault(), refused.ends_cookie()); }
}

/// Responds on a thread of `pool`. Nothing cancels `work`, so it must own its copy of the request.
void respond_on(boost::asio::thread_pool& pool, std::function<dialogue::RouteResponse()> work,
                std::function<void(dialogue::RouteOutcome)> done) {
  boost::asio::post(pool, [work = std::move(work), done = std::move(done)] {
    try {
      done({work(), {}});
    } catch (const std::exception& fault) { done({std::nullopt, fault.what()}); }
  });
}

dialogue::AsyncRoute quick_route(Service& service, CallThreads& threads, const Call& call) {
  return {[&service, &threads, call](const dialogue::RouteRequest& request, std::function<void(dialogue::RouteOutcome)> done) {
    respond_on(
        threads.quick, [&service, call, request] { return respond(service, call, request); }, std::move(done));
    return std::function<void()>([] {});
  }};
}

/// Refuses at once where too many wait already.
dialogue::AsyncRoute password_route(Service& service, CallThreads& threads, const Call& call,
                                    const std::shared_ptr<std::atomic<std::size_t>>& taken) {
  return {
      [&service, &threads, call, taken](const dialogue::RouteRequest& request, std::function<void(dialogue::RouteOutcome)> done) {
        if (taken->fetch_add(1) >= kPasswordCallsMax) {
          taken->fetch_sub(1);
          const Fault busy{FaultCode::rate_limited, "Too many people sign in at this moment. Try again in a few seconds.", {}, 2};
          done({response_of(request, busy, false), {}});
        } else {
          const auto finish = [taken, done = std::move(done)](dialogue::RouteOutcome outcome) {
            taken->fetch_sub(1);
            done(std::move(outcome));
          };
          respond_on(
              threads.password, [&service, call, request] { return respond(service, call, request); }, finish);
        }
        return std::function<void()>([] {});
      }};
}

}  // namespace

void add_routes(dialogue::Instance& server, Service& service, CallThreads& threads) {
  const auto taken = std::make_shared<std::atomic<std::size_t>>(0);
  for (const Call& call : call_table()) {
    dialogue::RouteOptions options;
    options.body_bytes_max = kBodyBytesMax;
    options.summary = std::string(call.summary);
    if (call.pace == Pace::password) options.timeout = kPasswordTimeout;
    if (call.per_hour > 0) options.limit = dialogue::RateLimit{call.per_hour, kMsPerHour};
    server.route("POST", "/chat/v1/" + std::string(call.name),
                 call.pace == Pace::quick ? quick_route(service, threads, call) : password_route(service, threads, call, taken),
                 std::move(options));
  }
}

}  // namespace chat
