// A WebSocket handshake: what a request must satisfy (RFC 6455 section 4.2.1), and the answer to one that does (section 4.2.2).
// Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/http/request/http_check.hpp"

namespace dialogue::transport {

/// Whether the request asks to become a WebSocket at all.
[[nodiscard]] bool wants_websocket(const http::RequestHeader& header);

/// Checks the method, key and version of a request that wants a WebSocket. Returns its fault (426 for the version), or nothing.
[[nodiscard]] std::optional<http::RequestError> check_handshake(const http::RequestHeader& header);

/// What the peer offers in Sec-WebSocket-Protocol.
struct OfferedSubprotocol {
  std::string_view name;                     ///< what the answer must name; empty if nothing was offered, which is allowed
  std::optional<std::string> first_message;  ///< the UTF-8 text that came with kSubprotocolWithMessage
};

[[nodiscard]] std::variant<OfferedSubprotocol, http::RequestError> offered_subprotocol(const http::RequestHeader& header);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
[[nodiscard]] std::string accept_key(std::string_view key);

/// The whole answer 101; names `subprotocol` unless it is empty.
[[nodiscard]] std::string handshake_answer(const http::RequestHeader& header, std::string_view subprotocol, std::int64_t unix_s);

}  // namespace dialogue::transport
