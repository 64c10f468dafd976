#include "server/http/endpoints.hpp"

#include "server/api/api.hpp"
#include "server/api/table/routes.hpp"
#include "server/http/response/http_router.hpp"
#include "server/metrics/label_domains.hpp"

namespace dialogue::http {
namespace {

constexpr std::size_t kOther = metrics::kEndpointsMax - 1;

}  // namespace

std::vector<std::pair<std::string, std::string>> endpoint_names() {
  std::vector<std::pair<std::string, std::string>> names;
  for (const api::Route& route : api::api_routes())
    names.emplace_back(route.method, std::string(api::kApiPath) + std::string(route.path));
  for (const std::string_view path : {kHealthPath, kReadyPath, kMetricsPath, std::string_view("file")})
    names.emplace_back("GET", path);
  for (const std::string_view kind : {"connection", "route", "proxy"}) names.emplace_back("any", kind);
  return names;
}

std::size_t endpoint_of(std::string_view method, std::string_view path) {
  if (api::is_api_path(path)) {
    const auto match = api::match_route(method, path.substr(api::kApiPath.size()));
    const auto routes = api::api_routes();
    return match && match->route != nullptr ? static_cast<std::size_t>(match->route - routes.data()) : kOther;
  }
  if (method != "GET" && method != "HEAD") return kOther;
  if (path == kHealthPath) return endpoint_of(Endpoint::health);
  if (path == kReadyPath) return endpoint_of(Endpoint::ready);
  return endpoint_of(path == kMetricsPath ? Endpoint::metrics : Endpoint::file);
}

std::size_t endpoint_of(Endpoint endpoint) { return api::api_routes().size() + static_cast<std::size_t>(endpoint); }

}  // namespace dialogue::http
