#include "server/http/endpoints.hpp"

#include <string_view>

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

std::size_t endpoint_of(const RequestHeader& header, const CheckedRequest& request) {
  using boost::beast::http::verb;
  const std::string_view path = request.path;
  if (request.match.route != nullptr) return static_cast<std::size_t>(request.match.route - api::api_routes().data());
  if (api::is_api_path(path) || (header.method() != verb::get && header.method() != verb::head)) return kOther;
  if (path == kHealthPath) return endpoint_of(Endpoint::health);
  if (path == kReadyPath) return endpoint_of(Endpoint::ready);
  return endpoint_of(path == kMetricsPath ? Endpoint::metrics : Endpoint::file);
}

std::size_t endpoint_of(Endpoint endpoint) { return api::api_routes().size() + static_cast<std::size_t>(endpoint); }

}  // namespace dialogue::http
