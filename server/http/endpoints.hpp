// By which series requests are counted: one for each route of the API, and a few for the rest. Pure; safe from any thread.
#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "server/http/request/http_check.hpp"

namespace dialogue::http {

/// Endpoints that are not routes of the API. The names are in the reference of metrics.
enum class Endpoint : std::size_t { health, ready, metrics, file, connection, route, proxy };

/// Methods and routes, in the order of endpoint_of(); fewer than metrics::kEndpointsMax.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> endpoint_names();

/// Where a request counts. HEAD counts as GET.
[[nodiscard]] std::size_t endpoint_of(const RequestHeader& header, const CheckedRequest& request);
/// The endpoint of a path that is not a route of the API.
[[nodiscard]] std::size_t endpoint_of(Endpoint endpoint);

}  // namespace dialogue::http
