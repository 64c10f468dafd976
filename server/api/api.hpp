// The HTTP API: from a request to its answer. Two steps, since a body is only read for those who may send it:
//
//   api.admit(request, host, [](ApiAdmission admission) { ... });      // the whole order of refusals, without the body
//   api.answer(std::move(admitted), std::move(body), host, [](ApiResponse answer) { ... });
//
// `done` is called at most once, inside the call or later, on any thread; it is dropped with the letters of a server that stops.
// Immutable; safe from any thread; outlives what it was asked.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/api/api_bodies.hpp"
#include "server/api/api_keys.hpp"
#include "server/api/api_problem.hpp"
#include "server/api/api_query.hpp"
#include "server/api/api_types.hpp"
#include "server/api/routes.hpp"
#include "server/core/access/revocation.hpp"

namespace dialogue::api {

struct ApiSettings {
  std::string version;
  std::shared_ptr<ApiKeyRing> keys;  ///< asked first; null: there are none
  CallerSource callers;              ///< who a token is that is no key; not set: only keys may call
  /// Takes tokens back; `done` gets how many connections that ended. Not set: there are no tokens.
  std::function<void(core::Revocation what, std::uint64_t forget_at_s, std::function<void(ErrorCode, std::size_t)> done)> revoke;
  std::size_t body_bytes_max = 1024 * 1024;  ///< of a caller that was accepted; over it 413
};

/// A request that may go on.
struct AdmittedRequest {
  const Route* route = nullptr;
  std::vector<std::string> parameters;  ///< of the path
  ApiQuery query;
  std::string idempotency_key;
  std::size_t body_bytes_max = 0;  ///< 0: it has no body
  std::string caller{};            ///< "key:billing" or "user:ann": for the log, and whose Idempotency-Keys these are
  core::RateVerdict quota{};       ///< what is left of the limit that it counted against
  PublishRights publishes{};       ///< as whom and what it may publish
};

using ApiAdmission = std::variant<ApiResponse, AdmittedRequest>;

class Api {
 public:
  /// `catalogue` must outlive it.
  Api(ApiSettings settings, const CatalogueView& catalogue);

  void admit(const ApiRequest& request, const ApiHost& host, const std::function<void(ApiAdmission)>& done) const;
  void answer(AdmittedRequest request, std::string body, const ApiHost& host, std::function<void(ApiResponse)> done) const;

  /// What pages of the request's origin may see of any answer to it (CORS). For every answer, before it is sent.
  static void add_origin_fields(const ApiRequest& request, ApiResponse& answer);

  [[nodiscard]] const ApiSettings& settings() const { return settings_; }
  [[nodiscard]] const ApiBodies& bodies() const { return bodies_; }
  [[nodiscard]] const CatalogueView& catalogue() const { return catalogue_; }
  [[nodiscard]] const core::SharedBytes& openapi() const { return openapi_; }

 private:
  [[nodiscard]] ApiAdmission admit_key(const ApiKey& key, const ApiRequest& request, const ApiHost& host) const;

  ApiSettings settings_;
  CatalogueView catalogue_;
  ApiBodies bodies_;
  core::SharedBytes openapi_;
};

/// Whether a request's path belongs to the API.
[[nodiscard]] bool is_api_path(std::string_view path);

}  // namespace dialogue::api
