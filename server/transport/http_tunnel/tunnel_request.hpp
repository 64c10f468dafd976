// The body of a request that carries a connection's bytes: a line with a JSON object, then frames, one per line. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "server/transport/http_tunnel/tunnel_limits.hpp"

namespace dialogue::transport {

/// Random bytes of the client in a request that begins a session: the minimum and the maximum.
inline constexpr std::size_t kOpeningBytesMin = 16, kOpeningBytesMax = 64;

struct TunnelRequest {
  std::string session;                    ///< of a session that exists; empty: the request begins one
  std::uint64_t have = 0;                 ///< the client has received all frames up to this number
  std::uint64_t from = 1;                 ///< the number of the first of `frames`
  std::uint64_t hold_ms = 0;              ///< a poll is answered after this at the latest
  std::optional<std::uint16_t> end;       ///< the client ends the connection in order, with this close code
  std::string body{};                     ///< the whole of it
  std::vector<std::span<char>> frames{};  ///< into `body`, which must not be moved from; without their line ends
};

/// The request, or one sentence that describes its fault. It is on the heap, because its frames point into it.
[[nodiscard]] std::variant<std::unique_ptr<TunnelRequest>, std::string> read_tunnel_request(std::string body,
                                                                                            const TunnelLimits& limits);

}  // namespace dialogue::transport
