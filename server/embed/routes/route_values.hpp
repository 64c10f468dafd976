// Between HTTP and the values that handlers of routes see: a request's fields, cookies, query and parameters; a response's
// status, fields and cookies. Pure functions; safe from any thread.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dialogue/route.hpp>
#include "server/embed/routes/route_table.hpp"
#include "server/http/exchange.hpp"
#include "server/http/response/http_response.hpp"

namespace dialogue {

/// Returns the decoded pairs of a query, "+" as a space; no value if the query is malformed.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> query_pairs(std::string_view query);

/// Returns the data of a request without its body; no value if its query is malformed.
[[nodiscard]] std::optional<route_detail::RequestData> request_data(const http::Exchange& exchange, const Route& route,
                                                                    const std::vector<std::string>& values);

/// Why a request's parameters do not fit what its route declares: a status and one sentence.
struct ParameterFault {
  unsigned status = 0;
  std::string detail;
};
[[nodiscard]] std::optional<ParameterFault> parameter_fault(const Route& route, const route_detail::RequestData& data);

/// Returns why a response cannot be sent; empty: it can.
[[nodiscard]] std::string response_fault(const RouteResponse& response);

/// A response without a fault, for an Exchange; `response` must live until it is sent. `body`: without it only status and fields.
[[nodiscard]] http::HttpResponse http_response(RouteResponse& response, bool has_body = true);

}  // namespace dialogue
