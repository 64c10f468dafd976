// Under which address a phone in the same network reaches this machine.
#pragma once
#include <optional>
#include <string>

namespace dialogue::app {

/// For a server that listens on `host`: that host itself, or for "0.0.0.0" and "::" the first IPv4 address of an interface that
/// is up. Nothing for loopback addresses, and where there is no such interface.
[[nodiscard]] std::optional<std::string> lan_address(const std::string& host);

}  // namespace dialogue::app
