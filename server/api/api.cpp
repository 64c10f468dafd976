// The order in which a request is looked at: docs/decisions/180-http-api.md.
#include "server/api/api.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "server/api/api_call.hpp"
#include "server/api/bearer_token.hpp"
#include "server/api/openapi.hpp"
#include "server/core/util/time.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {
namespace {

constexpr std::string_view kNoKey =
    "This server has no API key. Start it with --api-key-file FILE or --api-key-env NAME, a secret of at least 32 characters.";
constexpr std::string_view kOwnOnly = "This route is about the caller's own devices: it takes the token of a user, and no key.";
constexpr std::string_view kTooManyRefused = "Too many invalid keys or tokens from this address.";
/// The name of a caller on this machine, while the server has neither keys nor tokens.
constexpr std::string_view kNearCaller = "loopback";
constexpr ApiScopes kScopesNearby = ApiScopes::of(ApiScope::operate), kScopesOfManage = ApiScopes::of(ApiScope::admin);
constexpr std::uint64_t kDrainingRetryMs = 2000, kMemoryRetryMs = 10'000;

/// application/json, with or without parameters.
bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  return begins_ignoring_case(content_type, kJson) &&
         (content_type.size() == kJson.size() || content_type[kJson.size()] == ';' || content_type[kJson.size()] == ' ');
}

/// What is left of a limit. The three plain fields that clients know (draft-ietf-httpapi-ratelimit-headers-06).
void add_quota_fields(HttpResponse& answer, const core::RateVerdict& quota) {
  if (quota.limit == 0) return;
  answer.fields.emplace_back("RateLimit-Limit", std::to_string(quota.limit));
  answer.fields.emplace_back("RateLimit-Remaining", std::to_string(quota.left));
  answer.fields.emplace_back("RateLimit-Reset", std::to_string((quota.full_in_ms + core::kMsPerSecond - 1) / core::kMsPerSecond));
}

HttpResponse limited(const core::RateVerdict& quota, std::string_view why = "Rate limit exceeded for this address.") {
  HttpResponse answer = problem_answer({429, ErrorCode::rate_limited, std::string(why), {}, quota.wait_ms});
  add_quota_fields(answer, quota);
  return answer;
}

HttpResponse unauthorized(std::string detail) {
  HttpResponse answer = problem_answer({401, ErrorCode::unauthorized, std::move(detail)});
  answer.fields.emplace_back("WWW-Authenticate", "Bearer");
  return answer;
}

/// The answer to a preflight (Fetch standard, section 3.2): what the path knows, for a page that may ask at all.
HttpResponse preflight(const RouteMatch& match) {
  return {204,
          {{"Access-Control-Allow-Methods", match.allowed},
           {"Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, traceparent, tracestate"},
           {"Access-Control-Max-Age", "600"},
           {"Allow", match.allowed}},
          nullptr};
}

/// A refusal that is reported without a key; nothing: the request has a route.
std::optional<HttpResponse> route_refusal(const ApiRequest& request) {
  const RouteMatch& match = request.match;
  if (request.repeats_a_field)
    return problem_answer({400, ErrorCode::request_invalid, "A header field that is allowed once occurs twice."});
  if (request.page == PageOrigin::foreign)
    return problem_answer({403, ErrorCode::forbidden, "This origin is not allowed to call the API; see --allow-origin."});
  if (match.allowed.empty()) return problem_answer({404, ErrorCode::not_supported, "Unknown path."});
  if (request.method == "OPTIONS") return preflight(match);
  if (match.route != nullptr) return std::nullopt;
  HttpResponse answer = problem_answer({405, ErrorCode::not_supported, "Method not allowed."});
  answer.fields.emplace_back("Allow", match.allowed);
  return answer;
}

bool may_call(const Caller& caller, const RouteMatch& match) {
  if (match.route->is_own) return true;
  const bool has_room = match.route->path.find("{room}") != std::string_view::npos;
  return caller.may(*match.route->right, has_room ? std::string_view(match.parameters.front()) : std::string_view());
}

HttpResponse lacks_scope(const ApiKey& key, ApiScope scope) {
  const std::string name(name_of(scope));
  ApiProblem problem{403, ErrorCode::forbidden, "The key " + key.name + " does not have the scope " + name + "."};
  problem.scope = name_of(scope);
  HttpResponse answer = problem_answer(problem);
  answer.fields.emplace_back("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"" + name + "\"");
  return answer;
}

/// The caller, and the rest of its limit.
struct Asking {
  std::string name;
  core::RateVerdict quota;
  std::size_t body_bytes_max = 0;
  bool is_stranger = true;  ///< counts by its address
  PublishRights publishes{};
  ApiScopes scopes{};
};

/// The checks that follow the authentication of the caller.
ApiAdmission admitted(const ApiRequest& request, const ApiHost& host, Asking asking) {
  const Route& route = *request.match.route;
  if (request.draining) return problem_answer({503, ErrorCode::draining, {}, {}, kDrainingRetryMs});
  auto query = ApiQuery::parse(request.query, route.query);
  if (const core::Error* fault = std::get_if<core::Error>(&query)) return problem_answer(problem_of(*fault));
  if (!route.body.empty() && !is_json(request.content_type))
    return problem_answer({415, ErrorCode::request_invalid, "The body must be application/json."});
  if (route.body.empty() && request.has_members && request.method != "GET")
    return problem_answer({422, ErrorCode::request_invalid, "This route takes no body; send its parameters in the query."});
  if (!request.idempotency_key.empty() && !route.takes_key)
    return problem_answer({422, ErrorCode::request_invalid, "This route takes no Idempotency-Key."});
  if (route.is_message && host.is_memory_full && host.is_memory_full())
    return problem_answer({503, ErrorCode::server_full, "The server has no memory for more events.", {}, kMemoryRetryMs});
  if (route.is_message && asking.is_stranger) {
    asking.quota = core::scarcer(host.take(core::RateTier::message), asking.quota);
    if (asking.quota.wait_ms > 0) return limited(asking.quota);
  }
  return AdmittedRequest{&route,
                         request.match.parameters,
                         std::move(std::get<ApiQuery>(query)),
                         request.idempotency_key,
                         route.body.empty() ? 0 : asking.body_bytes_max,
                         std::move(asking.name),
                         asking.quota,
                         std::move(asking.publishes),
                         asking.scopes};
}

/// Adds the fields that report the rest of the limit to a refused caller.
ApiAdmission with_quota(ApiAdmission admission, const core::RateVerdict& quota, const std::string& caller) {
  ApiRefusal* const refusal = std::get_if<ApiRefusal>(&admission);
  if (refusal == nullptr) return admission;
  refusal->caller = caller;
  if (refusal->answer.status != 429) add_quota_fields(refusal->answer, quota);
  return admission;
}

/// Returns the answer to an invalid key or token, which counts against the caller's address. A valid key or token is admitted
/// even if other callers with its address have used up the limit.
HttpResponse not_let_in(const core::Refusal& refusal, const ApiHost& host) {
  if (core::is_failed_login(refusal.code))
    if (const core::RateVerdict failures = host.take(core::RateTier::login); failures.wait_ms > 0)
      return limited(failures, kTooManyRefused);
  if (refusal.code == ErrorCode::identity_unavailable) return problem_answer(problem_of({refusal.code, refusal.reason, {}}));
  return unauthorized("The key or token was not accepted: " + refusal.reason + ".");
}

}  // namespace

Api::Api(ApiSettings settings, const CatalogueView& catalogue)
    : settings_(std::move(settings)),
      catalogue_(catalogue),
      openapi_(std::make_shared<const std::string>(openapi_document(settings_.more_paths))) {}

// Checking a key is fast and cannot be guessed, so it is first: its holder does not wait for other requests and failures of the
// same address.
void Api::admit(const ApiRequest& request, const ApiHost& host, const std::function<void(ApiAdmission)>& done) const {
  std::string token = bearer_token(request.authorization);
  if (settings_.keys && !token.empty() && !request.repeats_a_field)
    if (const auto key = settings_.keys->find(token)) return done(admit_key(*key, request, host));

  const bool has_access = settings_.callers || (settings_.keys && !settings_.keys->is_empty());
  const core::RateVerdict quota = host.take(core::RateTier::request);
  if (quota.wait_ms > 0) return done(limited(quota));
  if (request.is_near && token.empty() && !has_access)
    return done(with_quota(admit_near(request, host, quota), quota, std::string(kNearCaller)));
  const auto answer = [done, quota](ApiAdmission admission, const std::string& caller = {}) {
    done(with_quota(std::move(admission), quota, caller));
  };
  if (auto refusal = route_refusal(request)) return answer(*std::move(refusal));
  if (!request.match.route->right) return answer(admitted(request, host, {{}, quota}));

  if (!has_access) return answer(problem_answer({403, ErrorCode::forbidden, std::string(kNoKey)}));
  if (token.empty()) return answer(unauthorized("Send the API key, or a token with the right, as Authorization: Bearer KEY."));
  const auto identified = [request, host, answer, quota, bytes_max = settings_.body_bytes_max](const CallerVerdict& verdict) {
    if (const core::Refusal* refusal = std::get_if<core::Refusal>(&verdict)) return answer(not_let_in(*refusal, host));
    const Caller& caller = std::get<Caller>(verdict);
    if (!may_call(caller, request.match))
      return answer(problem_answer({403, ErrorCode::forbidden, "The caller lacks the required right."}), caller.name);
    answer(admitted(request, host, {caller.name, quota, bytes_max, true, caller.publishes, kScopesOfManage}), caller.name);
  };
  if (!settings_.callers) return identified(core::Refusal{ErrorCode::unauthorized, "unknown key"});
  // The verifier of tokens may answer on a thread of its own, and even when the server is gone.
  settings_.callers(std::move(token), [identified, run = host.run](CallerVerdict verdict) {
    run([identified, verdict = std::move(verdict)] { identified(verdict); });
  });
}

ApiAdmission Api::admit_key(const ApiKey& key, const ApiRequest& request, const ApiHost& host) const {
  const std::string caller = "key:" + key.name;
  const core::RateVerdict quota =
      host.is_counted && settings_.keys ? settings_.keys->take(key.name, host.now_ms()) : core::RateVerdict{};
  const auto decide = [&]() -> ApiAdmission {
    if (quota.wait_ms > 0) return limited(quota, "Rate limit exceeded for this key.");
    if (auto refusal = route_refusal(request)) return *std::move(refusal);
    const Route& route = *request.match.route;
    if (route.is_own) return problem_answer({403, ErrorCode::forbidden, std::string(kOwnOnly)});
    if (!key.scopes.allow(route.scope)) return lacks_scope(key, route.scope);
    return admitted(request, host, {caller, quota, settings_.body_bytes_max, false, {}, key.scopes});
  };
  return with_quota(decide(), quota, caller);
}

// No key exists yet: a developer on this machine has the rights of an operator.
ApiAdmission Api::admit_near(const ApiRequest& request, const ApiHost& host, const core::RateVerdict& quota) const {
  if (auto refusal = route_refusal(request)) return *std::move(refusal);
  const Route& route = *request.match.route;
  if (route.is_own) return problem_answer({403, ErrorCode::forbidden, std::string(kOwnOnly)});
  if (!kScopesNearby.allow(route.scope)) return problem_answer({403, ErrorCode::forbidden, std::string(kNoKey)});
  return admitted(request, host, {std::string(kNearCaller), quota, settings_.body_bytes_max, true, {}, kScopesNearby});
}

void Api::answer(AdmittedRequest request, std::string body, const ApiHost& host, std::function<void(HttpResponse)> done) const {
  const auto audit = writes(*request.route) && host.log ? std::make_shared<ApiAudit>(request, host) : nullptr;
  const auto recorded = std::make_shared<std::uint64_t>(0);
  const auto ended = [done = std::move(done), quota = request.quota, audit, recorded,
                      record = recorder_of(request, host)](HttpResponse answer) {
    if (audit) audit->end(answer.status);
    if (record) record(answer.status, *recorded);
    add_quota_fields(answer, quota);
    done(std::move(answer));
  };
  const auto call = std::make_shared<ApiCall>(ApiCall{*this, std::move(request), std::move(body), host, ended, audit});
  const Route& route = *call->request.route;
  const auto run = [call, &route] {
    if (route.body.empty() || call->has_good_body()) route.run(call);
  };
  if (!settings_.trail.begin || !is_administrative(route)) return run();
  settings_.trail.begin(
      std::string(route.operation_id), audit_items(call->request, host), [call, run, recorded](std::uint64_t seq) {
        *recorded = seq;
        call->host.run([call, run, seq] {
          if (seq == 0)
            return call->refuse({503, ErrorCode::store_unavailable, "The audit cannot be written, so nothing was done."});
          run();
        });
      });
}

std::function<void(unsigned status, std::uint64_t seq)> Api::recorder_of(const AdmittedRequest& request,
                                                                         const ApiHost& host) const {
  const Route& route = *request.route;
  if (!settings_.trail.note || !writes(route)) return {};
  const std::string action(route.operation_id);
  if (is_administrative(route))
    return [&trail = settings_.trail, action](unsigned status, std::uint64_t seq) {
      if (seq > 0) trail.end(action, {{"of", std::to_string(seq)}, {"status", std::to_string(status)}});
    };
  return [&trail = settings_.trail, action, items = audit_items(request, host)](unsigned status, std::uint64_t) {
    AuditItems all = items;
    all.emplace_back("status", std::to_string(status));
    trail.note(action, std::move(all));
  };
}

void Api::add_origin_fields(const ApiRequest& request, HttpResponse& answer) {
  if (request.page == PageOrigin::listed) {
    answer.fields.emplace_back("Access-Control-Allow-Origin", request.origin);
    answer.fields.emplace_back("Access-Control-Expose-Headers",
                               "Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, traceparent");
  }
  answer.fields.emplace_back("Vary", "Origin");
}

bool ApiCall::has_good_body() const {
  const core::Error fault = api.bodies().check(request.route->body, body);
  if (fault.code == ErrorCode::ok) return true;
  refuse(fault);
  return false;
}

}  // namespace dialogue::api
