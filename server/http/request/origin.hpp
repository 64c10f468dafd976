// Whose page may connect: the Origin rule (docs/decisions/043-origin-check.md). Exact comparison of scheme, host and port;
// nothing else. Pure functions; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dialogue::http {

/// "example.com:8080" or "[::1]:8080", taken apart. The view points into the text that was read.
struct Authority {
  std::string_view host;  ///< IPv6 with its brackets
  std::optional<std::uint16_t> port;
};

/// Nothing unless `text` is a host name, an IPv4 or a bracketed IPv6 address, with or without a port (1 to 65535).
[[nodiscard]] std::optional<Authority> parse_authority(std::string_view text);

/// Whether `origin` ("http://example.com:8080") is scheme `scheme` at `host` (the Host field). Letter case of the host does not
/// matter.
[[nodiscard]] bool is_same_origin(std::string_view origin, std::string_view scheme, std::string_view host);

/// Whether `text` can stand in a list of allowed origins: "scheme://host[:port]" without a path, or "*".
[[nodiscard]] bool is_origin(std::string_view text);

/// Whether `origin` is one of `allowed`, byte for byte, or `allowed` holds "*".
[[nodiscard]] bool is_listed_origin(std::string_view origin, std::span<const std::string> allowed);

/// Whether `host` (a Host field) is localhost, 127.0.0.0/8 or [::1], with any port.
[[nodiscard]] bool is_loopback_host(std::string_view host);

/// Whether `origin` is a page of this machine: scheme http or https, and a host that is_loopback_host().
[[nodiscard]] bool is_loopback_origin(std::string_view origin);

}  // namespace dialogue::http
