// What a request must satisfy before anything acts on it: the rules that Beast's parser leaves open
// (docs/decisions/042-http-limits.md), and those of a WebSocket handshake (RFC 6455 section 4.2.1). Pure functions; safe from any
// thread.
#pragma once
#include <boost/beast/http/message.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "server/core/access/identity.hpp"

namespace dialogue {

using RequestHeader = boost::beast::http::request_header<>;

/// Why a request is refused. Below 500; the connection is closed after a 400, because what follows cannot be trusted.
struct RequestError {
  unsigned status = 400;
  std::string_view reason;  ///< one sentence for people
};

/// A request that passed. The views point into the header.
struct CheckedRequest {
  std::string_view path;   ///< begins with "/", still percent-encoded; or "*" (OPTIONS only)
  std::string_view query;  ///< after the "?", without it
  std::string_view host;   ///< as Host has it; empty only in HTTP/1.0
};

/// Host, framing, target. RFC 9112 sections 3.2 and 6.3.
[[nodiscard]] std::variant<CheckedRequest, RequestError> check_request(const RequestHeader& header);

/// Whether the request asks to become a WebSocket at all.
[[nodiscard]] bool wants_websocket(const RequestHeader& header);

/// What is wrong with a request that does, or nothing: method, key, version (426).
[[nodiscard]] std::optional<RequestError> check_handshake(const RequestHeader& header);

/// What the peer offers in Sec-WebSocket-Protocol.
struct OfferedSubprotocol {
  std::string_view name;                     ///< what the answer must name; empty where nothing was offered, which is allowed
  std::optional<std::string> first_message;  ///< that came with kSubprotocolWithMessage: UTF-8
};

[[nodiscard]] std::variant<OfferedSubprotocol, RequestError> offered_subprotocol(const RequestHeader& header);

enum class OriginVerdict : std::uint8_t { absent, same, listed, refused };

/// `scheme` is how the peer reached us: "http" or "https".
[[nodiscard]] OriginVerdict check_origin(const RequestHeader& header, std::string_view scheme,
                                         std::span<const std::string> allowed);

/// Whether a proxy says that it passed the request on.
[[nodiscard]] bool is_forwarded(const RequestHeader& header);

/// The value of `token` in a query, percent-decoded; empty when there is none or it is malformed.
[[nodiscard]] std::string query_token(std::string_view query);

/// The token of `Authorization: Bearer`; empty when there is none, or the field is there twice.
[[nodiscard]] std::string bearer_token(const RequestHeader& header);

}  // namespace dialogue
