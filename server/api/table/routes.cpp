// The table of all routes, and the look-up of a path in it.
#include "server/api/table/routes.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "server/api/table/areas.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/percent.hpp"

namespace dialogue::api {
namespace {

constexpr std::array kPathParameters = {
    ApiParameter{"room", "A room's id.", ApiParameter::Kind::text, 1, kNameBytesMax, true},
    ApiParameter{"event", "An event's name.", ApiParameter::Kind::text, 1, kNameBytesMax, true},
    ApiParameter{"user", "A user's id.", ApiParameter::Kind::text, 1, kNameBytesMax, true},
    ApiParameter{"session", "A session's id.", ApiParameter::Kind::text, 1, kNameBytesMax, true},
    ApiParameter{"call", "A call's name.", ApiParameter::Kind::text, 1, kNameBytesMax, true},
    ApiParameter{"device", "A device's id.", ApiParameter::Kind::text, 1, kNameBytesMax, true},
    ApiParameter{"connection", "A connection's id.", ApiParameter::Kind::text, 1, kNameBytesMax, true},
};

/// Removes and returns the first segment: "/a/b" gives "a" and leaves "/b".
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

/// The values of the template's parameters, or nothing when the path does not match.
std::optional<std::vector<std::string>> parameters_of(std::string_view path_template, std::string_view path) {
  std::vector<std::string> found;
  while (path_template.starts_with('/') && path.starts_with('/')) {
    const std::string_view wanted = take_segment(path_template), segment = take_segment(path);
    if (!wanted.starts_with('{')) {
      if (segment != wanted) return std::nullopt;
      continue;
    }
    auto decoded = percent_decoded(segment);
    if (!decoded || decoded->empty()) return std::nullopt;
    found.push_back(std::move(*decoded));
  }
  return path_template.empty() && path.empty() ? std::optional(std::move(found)) : std::nullopt;
}

}  // namespace

std::span<const Route> api_routes() {
  static const std::vector<Route> all = [] {
    std::vector<Route> rows;
    for (const auto table :
         {publish_routes(), call_routes(), room_routes(), document_routes(), people_routes(), push_routes(), heads_routes(),
          socketio_routes(), privacy_routes(), audit_routes(), observe_routes(), why_routes(), server_routes()})
      rows.insert(rows.end(), table.begin(), table.end());
    return rows;
  }();
  return all;
}

const ApiParameter& path_parameter(std::string_view name) {
  return *std::find_if(kPathParameters.begin(), kPathParameters.end(), [name](const auto& each) { return each.name == name; });
}

bool is_api_path(std::string_view path) {
  return path.starts_with(kApiPath) && (path.size() == kApiPath.size() || path[kApiPath.size()] == '/');
}

RouteMatch match_route(std::string_view method, std::string_view path) {
  RouteMatch match;
  for (const Route& route : api_routes()) {
    auto parameters = parameters_of(route.path, path);
    if (!parameters) continue;
    match.allowed.append(match.allowed.empty() ? "" : ", ").append(route.method == "GET" ? "GET, HEAD" : route.method);
    if (route.method != (method == "HEAD" ? "GET" : method)) continue;
    match.route = &route;
    match.parameters = std::move(*parameters);
  }
  return match;
}

}  // namespace dialogue::api
