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
constexpr std::string_view kTooManyRefused = "Too many keys and tokens of this address were refused.";
/// Who calls from this machine while there is neither a key nor a token.
constexpr std::string_view kNearCaller = "loopback";
constexpr ApiScopes kScopesNearby = ApiScopes::of(ApiScope::operate), kScopesOfManage = ApiScopes::of(ApiScope::admin);
constexpr std::uint64_t kDrainingRetryMs = 2000, kMemoryRetryMs = 10'000, kReloadRetryMs = 1000;
constexpr std::uint64_t kProtocolVersion = 1;

/// application/json, with or without parameters.
bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  return begins_ignoring_case(content_type, kJson) &&
         (content_type.size() == kJson.size() || content_type[kJson.size()] == ';' || content_type[kJson.size()] == ' ');
}

/// What is left of a limit. The three plain fields that clients know (draft-ietf-httpapi-ratelimit-headers-06).
void add_quota_fields(ApiResponse& answer, const core::RateVerdict& quota) {
  if (quota.limit == 0) return;
  answer.fields.emplace_back("RateLimit-Limit", std::to_string(quota.limit));
  answer.fields.emplace_back("RateLimit-Remaining", std::to_string(quota.left));
  answer.fields.emplace_back("RateLimit-Reset", std::to_string((quota.full_in_ms + core::kMsPerSecond - 1) / core::kMsPerSecond));
}

ApiResponse limited(const core::RateVerdict& quota, std::string_view why = "This address asks too often.") {
  ApiResponse answer = problem_answer({429, ErrorCode::rate_limited, std::string(why), {}, quota.wait_ms});
  add_quota_fields(answer, quota);
  return answer;
}

ApiResponse unauthorized(std::string detail) {
  ApiResponse answer = problem_answer({401, ErrorCode::unauthorized, std::move(detail)});
  answer.fields.emplace_back("WWW-Authenticate", "Bearer");
  return answer;
}

/// The answer to a preflight (Fetch standard, section 3.2): what the path knows, for a page that may ask at all.
ApiResponse preflight(const RouteMatch& match) {
  return {204,
          {{"Access-Control-Allow-Methods", match.allowed},
           {"Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, traceparent, tracestate"},
           {"Access-Control-Max-Age", "600"},
           {"Allow", match.allowed}},
          nullptr};
}

/// Refusals that need no key to be told; else the route.
std::variant<ApiResponse, RouteMatch> find_route(const ApiRequest& request) {
  auto match = match_route(request.method, request.path);
  if (request.repeats_a_field)
    return problem_answer({400, ErrorCode::request_invalid, "A header field that must stand alone is given twice."});
  if (request.page == PageOrigin::foreign)
    return problem_answer({403, ErrorCode::forbidden, "Pages of this origin may not call; see --allow-origin."});
  if (!match) return problem_answer({404, ErrorCode::not_supported, "The API has nothing at this path."});
  if (request.method == "OPTIONS") return preflight(*match);
  if (match->route != nullptr) return *std::move(match);
  ApiResponse answer = problem_answer({405, ErrorCode::not_supported, "The API does not know this method here."});
  answer.fields.emplace_back("Allow", match->allowed);
  return answer;
}

bool may_call(const Caller& caller, const RouteMatch& match) {
  const bool has_room = match.route->path.find("{room}") != std::string_view::npos;
  return caller.may(*match.route->right, has_room ? std::string_view(match.parameters.front()) : std::string_view());
}

ApiResponse lacks_scope(const ApiKey& key, ApiScope scope) {
  const std::string name(name_of(scope));
  ApiProblem problem{403, ErrorCode::forbidden, "The key " + key.name + " does not have the scope " + name + "."};
  problem.scope = name_of(scope);
  ApiResponse answer = problem_answer(problem);
  answer.fields.emplace_back("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"" + name + "\"");
  return answer;
}

/// Who asks, and what is left to him.
struct Asking {
  std::string name;
  core::RateVerdict quota;
  std::size_t body_bytes_max = 0;
  bool is_stranger = true;  ///< counts by its address
  PublishRights publishes{};
  ApiScopes scopes{};
};

/// What is looked at once it is known who asks.
ApiAdmission admitted(const ApiRequest& request, const ApiHost& host, RouteMatch&& match, Asking asking) {
  const Route& route = *match.route;
  if (request.draining) return problem_answer({503, ErrorCode::draining, {}, {}, kDrainingRetryMs});
  auto query = ApiQuery::parse(request.query, route.query);
  if (const core::Error* fault = std::get_if<core::Error>(&query)) return problem_answer(problem_of(*fault));
  if (!route.body.empty() && !is_json(request.content_type))
    return problem_answer({415, ErrorCode::request_invalid, "The body must be application/json."});
  if (route.body.empty() && request.has_members && request.method != "GET")
    return problem_answer({422, ErrorCode::request_invalid, "This route takes no body: what it takes stands in the query."});
  if (!request.idempotency_key.empty() && !route.takes_key)
    return problem_answer({422, ErrorCode::request_invalid, "This route takes no Idempotency-Key."});
  if (route.is_message && host.is_memory_full && host.is_memory_full())
    return problem_answer({503, ErrorCode::server_full, "The server has no memory for more events.", {}, kMemoryRetryMs});
  if (route.is_message && asking.is_stranger) {
    asking.quota = core::scarcer(host.take(core::RateTier::message), asking.quota);
    if (asking.quota.wait_ms > 0) return limited(asking.quota);
  }
  return AdmittedRequest{&route,
                         std::move(match.parameters),
                         std::move(std::get<ApiQuery>(query)),
                         request.idempotency_key,
                         route.body.empty() ? 0 : asking.body_bytes_max,
                         std::move(asking.name),
                         asking.quota,
                         std::move(asking.publishes),
                         asking.scopes};
}

/// With the fields that tell a refused caller what is left.
ApiAdmission with_quota(ApiAdmission admission, const core::RateVerdict& quota, const std::string& caller) {
  ApiResponse* const refusal = std::get_if<ApiResponse>(&admission);
  if (refusal == nullptr) return admission;
  refusal->caller = caller;
  if (refusal->status != 429) add_quota_fields(*refusal, quota);
  return admission;
}

/// As `dialogue codegen --ts` writes a fingerprint.
std::string hex_of(std::uint64_t fingerprint) {
  constexpr std::size_t kDigits = 13;
  std::string digits(kDigits, '0');
  for (std::size_t i = kDigits; i > 0; --i, fingerprint /= 16) digits[i - 1] = "0123456789abcdef"[fingerprint % 16];
  return digits;
}

/// The answer to a key or token that is none, which counts against its address. A good one is let in whatever others behind the
/// address tried.
ApiResponse not_let_in(const core::Refusal& refusal, const ApiHost& host) {
  if (core::is_failed_login(refusal.code))
    if (const core::RateVerdict failures = host.take(core::RateTier::login); failures.wait_ms > 0)
      return limited(failures, kTooManyRefused);
  if (refusal.code == ErrorCode::identity_unavailable) return problem_answer(problem_of({refusal.code, refusal.reason, {}}));
  return unauthorized("The key or token was not accepted: " + refusal.reason + ".");
}

void get_info(const ApiCallPtr& call) {
  const CatalogueView& catalogue = call->api.catalogue();
  std::vector<std::string> names;
  for (std::uint32_t event = 0; event < catalogue.event_count(); ++event) names.emplace_back(catalogue.event(event).name);
  JsonText info;
  info.text("version", call->api.settings().version).number("protocol", kProtocolVersion);
  info.text("catalogue", hex_of(catalogue.fingerprint())).raw("events", json_array(names, json_string));
  call->done(json_answer(200, info.number("connections", call->host.connection_count()).take()));
}

void get_drain(const ApiCallPtr& call) {
  const auto& drain = call->api.settings().drain;
  std::string receipt = drain ? drain() : std::string();
  if (receipt.empty()) return call->refuse({404, ErrorCode::not_supported, "No receipt of a drain is known.", {}});
  call->done(json_answer(200, std::move(receipt)));
}

void reload_settings(const ApiCallPtr& call) {
  const auto& reload = call->api.settings().reload;
  if (!reload) return call->refuse({422, ErrorCode::not_supported, "This server has no settings that could be read again."});
  const bool is_dry_run = call->request.query.flag("dry_run");
  call->note("dryRun", is_dry_run ? "true" : "false");
  reload(is_dry_run, [call](std::string refusal, std::string diff, bool is_busy) {
    if (is_busy) return call->refuse({429, ErrorCode::rate_limited, std::move(refusal), {}, kReloadRetryMs});
    if (!refusal.empty()) return call->refuse({422, ErrorCode::request_invalid, std::move(refusal)});
    call->done(json_answer(200, std::move(diff)));
  });
}

void get_openapi(const ApiCallPtr& call) {
  ApiResponse answer = json_answer(200, {});
  answer.body = call->api.openapi();
  call->done(std::move(answer));
}

/// In the order of Operation.
constexpr std::array kOperations = {
    publish_event,    publish_batch,   list_rooms,     create_room,      get_room,        delete_room,        list_members,
    get_history,      disconnect_user, list_users,     revoke_tokens,    publish_to_user, publish_to_session, emit_to_sockets,
    get_drain,        reload_settings, get_user_data,  erase_user_data,  list_audit,      list_receipts,      get_overview,
    list_connections, get_connection,  end_connection, list_refusals,    get_top,         list_settings,      get_store,
    list_hooks,       get_definitions, get_whoami,     explain_delivery, get_info,        get_openapi};
static_assert(kOperations.size() == static_cast<std::size_t>(Operation::get_openapi) + 1);

}  // namespace

bool is_api_path(std::string_view path) {
  return path.starts_with(kApiPath) && (path.size() == kApiPath.size() || path[kApiPath.size()] == '/');
}

Api::Api(ApiSettings settings, const CatalogueView& catalogue)
    : settings_(std::move(settings)), catalogue_(catalogue), openapi_(std::make_shared<const std::string>(openapi_document())) {}

// A key is known at once and by nobody's guess, so it is looked at first: its holder does not wait for what others of the same
// address have asked or tried.
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
  auto found = find_route(request);
  if (ApiResponse* refusal = std::get_if<ApiResponse>(&found)) return answer(std::move(*refusal));
  RouteMatch& match = std::get<RouteMatch>(found);
  if (!match.route->right) return answer(admitted(request, host, std::move(match), {{}, quota}));

  if (!has_access) return answer(problem_answer({403, ErrorCode::forbidden, std::string(kNoKey)}));
  if (token.empty()) return answer(unauthorized("Send the API key, or a token with manage, as Authorization: Bearer KEY."));
  const auto identified = [request, host, match, answer, quota,
                           bytes_max = settings_.body_bytes_max](const CallerVerdict& verdict) {
    if (const core::Refusal* refusal = std::get_if<core::Refusal>(&verdict)) return answer(not_let_in(*refusal, host));
    const Caller& caller = std::get<Caller>(verdict);
    if (!may_call(caller, match))
      return answer(problem_answer({403, ErrorCode::forbidden, "The right to do this is missing."}), caller.name);
    answer(admitted(request, host, RouteMatch(match), {caller.name, quota, bytes_max, true, caller.publishes, kScopesOfManage}),
           caller.name);
  };
  if (!settings_.callers) return identified(core::Refusal{ErrorCode::unauthorized, "the key is not known here"});
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
    if (quota.wait_ms > 0) return limited(quota, "This key asks too often.");
    auto found = find_route(request);
    if (ApiResponse* refusal = std::get_if<ApiResponse>(&found)) return std::move(*refusal);
    RouteMatch& match = std::get<RouteMatch>(found);
    if (!key.scopes.allow(match.route->scope)) return lacks_scope(key, match.route->scope);
    return admitted(request, host, std::move(match), {caller, quota, settings_.body_bytes_max, false, {}, key.scopes});
  };
  return with_quota(decide(), quota, caller);
}

// Nobody has a key yet: who develops on this machine sees and does what an operator does.
ApiAdmission Api::admit_near(const ApiRequest& request, const ApiHost& host, const core::RateVerdict& quota) const {
  auto found = find_route(request);
  if (ApiResponse* refusal = std::get_if<ApiResponse>(&found)) return std::move(*refusal);
  RouteMatch& match = std::get<RouteMatch>(found);
  if (!kScopesNearby.allow(match.route->scope)) return problem_answer({403, ErrorCode::forbidden, std::string(kNoKey)});
  return admitted(request, host, std::move(match),
                  {std::string(kNearCaller), quota, settings_.body_bytes_max, true, {}, kScopesNearby});
}

void Api::answer(AdmittedRequest request, std::string body, const ApiHost& host, std::function<void(ApiResponse)> done) const {
  const auto operation = static_cast<std::size_t>(request.route->operation);
  const auto audit = writes(*request.route) && host.log ? std::make_shared<ApiAudit>(request, host) : nullptr;
  const auto recorded = std::make_shared<std::uint64_t>(0);
  const auto ended = [done = std::move(done), quota = request.quota, audit, recorded,
                      record = recorder_of(request, host)](ApiResponse answer) {
    if (audit) audit->end(answer.status);
    if (record) record(answer.status, *recorded);
    add_quota_fields(answer, quota);
    done(std::move(answer));
  };
  const auto call = std::make_shared<ApiCall>(ApiCall{*this, std::move(request), std::move(body), host, ended, audit});
  const auto run = [call, operation] {
    if (call->request.route->body.empty() || call->has_good_body()) kOperations[operation](call);
  };
  const Route& route = *call->request.route;
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

void Api::add_origin_fields(const ApiRequest& request, ApiResponse& answer) {
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
