// Where a server listens. A plain value.
#pragma once
#include <cstdint>
#include <string>

namespace dialogue::host {

struct ListenAddress {
  std::string host{};      ///< an IP address without brackets, "0.0.0.0", "::", or `unix:` and a path; empty: nowhere
  std::uint16_t port = 0;  ///< 0: the system chooses
};

}  // namespace dialogue::host
