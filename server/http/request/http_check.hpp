// The rules for a request before anything acts on it: those that Beast's parser leaves open
// (docs/decisions/042-http-limits.md). Pure functions; safe from any thread.
#pragma once
#include <boost/beast/http/message.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "server/api/page_origin.hpp"
#include "server/api/table/routes.hpp"

namespace dialogue::http {

using RequestHeader = boost::beast::http::request_header<>;

/// The head of a request as it is before the body. A parser adds the trailers of a chunked body to its own, but a
/// trailer must not set an address or a token (RFC 9110, 6.5.1).
template <typename Parser>
[[nodiscard]] std::optional<RequestHeader> head_without_trailers(const Parser& parser) {
  return parser.chunked() ? std::optional<RequestHeader>(parser.get().base()) : std::nullopt;
}

/// Why a request is refused. Below 500; the connection is closed after a 400, because what follows cannot be trusted.
struct RequestError {
  unsigned status = 400;
  std::string_view reason;  ///< one sentence for people
};

/// A request that passed: what all that follows knows of its target. The views point into the header.
struct CheckedRequest {
  std::string_view path;   ///< begins with "/", still percent-encoded; or "*" (OPTIONS only)
  std::string_view query;  ///< after the "?", without it
  std::string_view host;   ///< as Host has it; empty only in HTTP/1.0
  api::RouteMatch match;   ///< of a path of the API
};

/// Returns the unchanged first value of Origin or Authorization, empty if the header does not have it. Points into the header.
[[nodiscard]] std::string_view origin_of(const RequestHeader& header);
[[nodiscard]] std::string_view authorization_of(const RequestHeader& header);

/// Returns the value of a field, or nothing if the header has it never or more than once. Points into the header.
[[nodiscard]] std::optional<std::string_view> single_field(const RequestHeader& header, boost::beast::http::field name);

/// Removes the blanks around a text (RFC 9110 section 5.6.3).
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Host, framing, target. RFC 9112 sections 3.2 and 6.3.
[[nodiscard]] std::variant<CheckedRequest, RequestError> check_request(const RequestHeader& header);

/// `scheme` is how the peer reached us: "http" or "https".
[[nodiscard]] api::PageOrigin check_origin(const RequestHeader& header, std::string_view scheme,
                                           std::span<const std::string> allowed);

/// Whether a proxy says that it passed the request on.
[[nodiscard]] bool is_forwarded(const RequestHeader& header);

/// The value of `token` in a query, percent-decoded; empty when there is none or it is malformed.
[[nodiscard]] std::string query_token(std::string_view query);

/// The token of `Authorization: Bearer`; empty when there is none, or the field is there twice.
[[nodiscard]] std::string bearer_token(const RequestHeader& header);

}  // namespace dialogue::http
