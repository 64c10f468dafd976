// The HTTP API: from a request to its answer. It has two steps, because a body is only read for authorized callers:
//
//   api.admit(request, host, [](ApiAdmission admission) { ... });      // the whole order of refusals, without the body
//   api.answer(std::move(admitted), std::move(body), host, [](HttpResponse answer) { ... });
//
// `done` is called at most once, inside the call or later, on any thread; it is dropped with the queued messages of a server
// that stops. Immutable; safe from any thread; outlives its calls.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/api/answer_cache.hpp"
#include "server/api/api_bodies.hpp"
#include "server/api/api_keys.hpp"
#include "server/api/api_problem.hpp"
#include "server/api/api_query.hpp"
#include "server/api/api_types.hpp"
#include "server/api/audit_trail.hpp"
#include "server/api/heads/heads_api.hpp"
#include "server/api/notifications/push_api.hpp"
#include "server/api/observation.hpp"
#include "server/api/privacy/event_erasure.hpp"
#include "server/api/privacy/user_data.hpp"
#include "server/api/remote_call.hpp"
#include "server/api/table/routes.hpp"
#include "server/core/access/revocation.hpp"

namespace dialogue::api {

/// What a revocation did.
struct Revoked {
  ErrorCode code = ErrorCode::ok;
  std::size_t connections = 0;        ///< that ended
  std::uint64_t issued_before_s = 0;  ///< Unix time in force; 0: of a token by its id
};

struct ApiSettings {
  std::string version;
  std::uint64_t started_ms = 0;      ///< when the server began, in Unix time: of earlier events it has only its store
  std::shared_ptr<ApiKeyRing> keys;  ///< asked first; null: the server has no keys
  CallerSource callers;              ///< identifies a token that is not a key; not set: only keys may call
  /// Revokes tokens. Not set: tokens are not supported.
  std::function<void(core::Revocation what, std::uint64_t forget_at_s, std::function<void(Revoked)> done)> revoke;
  /// Sends an event to Socket.IO clients; `done` gets their number. Error: not_supported, if the namespace does not exist. Not
  /// set: the server has no namespaces.
  std::function<void(Emission what, std::function<void(ErrorCode, std::size_t)> done)> emit{};
  /// Returns the receipt of the newest drain, as JSON; empty: no drain yet. Not set: the server does not keep receipts of drains.
  std::function<std::string()> drain{};
  /// Reads the server's settings again. `done` gets the reason of a refusal (empty: not refused), the diff as JSON, and whether
  /// it was refused because the settings are being read for another caller. Not set: the settings cannot be read again.
  std::function<void(bool is_dry_run, std::function<void(std::string refusal, std::string diff, bool is_busy)> done)> reload{};
  std::string more_paths{};                  ///< path items for the OpenAPI document, as members of an object
  MakeCall make_call{};                      ///< not set: the definitions have no calls
  EraseUser erase_user{};                    ///< not set: nothing can be erased by user
  EraseEvents erase_events{};                ///< not set: single events cannot be erased
  FindUserData find_user_data{};             ///< not set: nothing can be searched by user
  PushApi push{};                            ///< not set: notifications are off
  HeadsApi heads{};                          ///< set in every server
  AuditTrail trail{};                        ///< records the calls that write
  Observation observation{};                 ///< of the server as a whole
  std::size_t body_bytes_max = 1024 * 1024;  ///< of an authenticated caller; a larger body is answered 413
};

/// A request that was admitted.
struct AdmittedRequest {
  const Route* route = nullptr;
  std::vector<std::string> parameters;  ///< of the path
  ApiQuery query;
  std::string idempotency_key;
  std::size_t body_bytes_max = 0;  ///< 0: it has no body
  std::string caller{};            ///< "key:billing" or "user:ann": for the log, and whose Idempotency-Keys these are
  core::RateVerdict quota{};       ///< what is left of the limit that the request counted against
  PublishRights publishes{};       ///< as whom and what it may publish
  ApiScopes scopes{};              ///< that the caller has
};

struct ApiRefusal {
  ApiRefusal(HttpResponse its_answer) : answer(std::move(its_answer)) {}
  HttpResponse answer;
  std::string caller{};  ///< for the log: the caller, if it is known
};

using ApiAdmission = std::variant<ApiRefusal, AdmittedRequest>;

class Api {
 public:
  /// `catalogue` must outlive it.
  Api(ApiSettings settings, const CatalogueView& catalogue);

  void admit(const ApiRequest& request, const ApiHost& host, const std::function<void(ApiAdmission)>& done) const;
  void answer(AdmittedRequest request, std::string body, const ApiHost& host, std::function<void(HttpResponse)> done) const;

  /// What pages of the request's origin may see of any answer to it (CORS). For every answer, before it is sent.
  static void add_origin_fields(const ApiRequest& request, HttpResponse& answer);

  [[nodiscard]] const ApiSettings& settings() const { return settings_; }
  [[nodiscard]] const ApiBodies& bodies() const { return bodies_; }
  [[nodiscard]] const CatalogueView& catalogue() const { return catalogue_; }
  [[nodiscard]] const core::SharedBytes& openapi() const { return openapi_; }
  /// Answers that are given again for a moment.
  [[nodiscard]] AnswerCache& answers() const { return *answers_; }

 private:
  /// Records what became of a call that writes; `seq`: of the record that it began with. Empty: nothing is recorded.
  [[nodiscard]] std::function<void(unsigned status, std::uint64_t seq)> recorder_of(const AdmittedRequest& request,
                                                                                    const ApiHost& host) const;
  [[nodiscard]] ApiAdmission admit_near(const ApiRequest& request, const ApiHost& host, const core::RateVerdict& quota) const;
  [[nodiscard]] ApiAdmission admit_key(const ApiKey& key, const ApiRequest& request, const ApiHost& host) const;

  ApiSettings settings_;
  CatalogueView catalogue_;
  ApiBodies bodies_;
  core::SharedBytes openapi_;
  std::shared_ptr<AnswerCache> answers_ = std::make_shared<AnswerCache>();
};

}  // namespace dialogue::api
