// The server's answer to a WebSocket handshake that passed check_handshake(): RFC 6455 section 4.2.2. Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "server/net/http_check.hpp"

namespace dialogue {

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
[[nodiscard]] std::string accept_key(std::string_view key);

/// The whole answer 101; names `subprotocol` unless it is empty.
[[nodiscard]] std::string handshake_answer(const RequestHeader& header, std::string_view subprotocol, std::int64_t unix_s);

}  // namespace dialogue
