// "HOST:PORT" as people write it, taken apart. HOST is an IP address, in brackets when it is IPv6, or `localhost`.
// Pure; safe from any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "server/host/listen_address.hpp"

namespace dialogue {

using host::ListenAddress;

/// Parses HOST:PORT; returns no value for any other form. `localhost` becomes 127.0.0.1.
[[nodiscard]] std::optional<ListenAddress> parse_listen_address(std::string_view text);

/// Whether one of two sockets cannot listen where the other does: on the same port of an address, or of all addresses.
[[nodiscard]] bool is_shared(const ListenAddress& a, const ListenAddress& b);

/// "http://127.0.0.1:8080", or https; an IPv6 host gets its brackets back.
[[nodiscard]] std::string http_url(const ListenAddress& address, bool is_encrypted = false);
/// "tcp://127.0.0.1:8090", or tls.
[[nodiscard]] std::string tcp_url(const ListenAddress& address, bool is_encrypted);

}  // namespace dialogue
