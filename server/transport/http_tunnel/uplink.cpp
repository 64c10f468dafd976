// See uplink.hpp.
#include "server/transport/http_tunnel/uplink.hpp"

#include <algorithm>

#include "shared/base/mutation.hpp"

namespace dialogue::transport {

std::optional<std::size_t> Uplink::known(std::uint64_t from, std::size_t count) const {
  if (count > 0 && from > received_ + 1) return std::nullopt;
  if (is_mutated(Mutation::repeated_is_taken)) return 0;
  const std::uint64_t before = received_ + 1 - std::min(from, received_ + 1);
  return static_cast<std::size_t>(std::min<std::uint64_t>(before, count));
}

}  // namespace dialogue::transport
