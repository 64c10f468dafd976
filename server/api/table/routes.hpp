// A route of the API, with the function that answers it. The tables in server/api/operations/ determine routing, documentation
// (OpenAPI, docs/reference/http-api.md) and answers.
// Immutable; safe from any thread.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/table/api_scope.hpp"
#include "server/core/access/right.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::api {

struct ApiCall;

/// Everything of the API stands below this path.
inline constexpr std::string_view kApiPath = "/api/v1";

/// Whether a request's path belongs to the API.
[[nodiscard]] bool is_api_path(std::string_view path);

/// A page's cursor: up to two numbers and an id, separated by dots.
inline constexpr std::uint64_t kPlaceBytesMax = 2 * (std::numeric_limits<std::uint64_t>::digits10 + 2) + kNameBytesMax;
/// A caller's name: "user:" or "key:", and an id.
inline constexpr std::uint64_t kActorBytesMax = 5 + kNameBytesMax;

struct ApiParameter {
  enum class Kind : std::uint8_t { integer, text, flag, texts };  ///< texts: may be given several times
  std::string_view name, description;
  Kind kind = Kind::text;
  std::uint64_t least = 1, most = kNameBytesMax;  ///< of an integer or a text's bytes; `texts`: their number
  bool is_in_path = false;
};

struct Route {
  void (*run)(const std::shared_ptr<ApiCall>& call);  ///< answers an admitted request
  std::string_view operation_id, method;
  std::string_view path;  ///< below kApiPath: "/rooms/{room}"
  std::string_view summary;
  std::optional<core::Right> right;  ///< of a token; absent: a public route
  ApiScope scope;                    ///< of a key; `none` without a right
  bool is_message = false;           ///< counts as a message of its address, too
  bool takes_key = false;            ///< Idempotency-Key
  bool is_own = false;               ///< of the caller's own: any token that is accepted may call, and no key
  bool hides_path = false;           ///< the log line omits the values of the path
  bool may_count = false;            ///< and one of the form PRODUCER/NUMBER
  std::string_view body = {};        ///< name of the body's schema; empty: no body
  unsigned status = 200;             ///< when all is well
  std::string_view answer = {};      ///< name of the answer's schema; empty: no content
  std::string_view refusals = {};    ///< statuses besides those that every route has: "404 422"
  std::span<const ApiParameter> query = {};
};

/// Whether it changes or publishes anything, or reads what is personal: such calls are logged.
[[nodiscard]] constexpr bool writes(const Route& route) {
  return route.scope != ApiScope::none && route.scope != ApiScope::read && route.scope != ApiScope::observe;
}

/// Whether a call must be in the audit before it is carried out. Publications and reads of personal data are recorded afterwards.
[[nodiscard]] constexpr bool is_administrative(const Route& route) {
  return writes(route) && !route.is_message && route.method != "GET";
}

[[nodiscard]] std::span<const Route> api_routes();
/// Returns the parameter of a path template that has this name in braces.
[[nodiscard]] const ApiParameter& path_parameter(std::string_view name);

/// A route, and the decoded values of the parameters in its path.
struct RouteMatch {
  const Route* route = nullptr;  ///< null: no route has this path with this method
  std::vector<std::string> parameters{};
  std::string allowed{};  ///< "GET, HEAD, DELETE": the methods of the path; empty: no route has it
};

/// `path` is below kApiPath, percent-encoded. HEAD finds the GET.
[[nodiscard]] RouteMatch match_route(std::string_view method, std::string_view path);

}  // namespace dialogue::api
