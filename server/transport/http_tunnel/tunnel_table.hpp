// The tunnels of one loop, by session and by the request that began them; and the tables of all loops. A table is used by its
// loop's thread, TunnelTables::of() by any loop's.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "server/transport/http_tunnel/tunnel_call.hpp"
#include "server/transport/http_tunnel/tunnel_limits.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::transport {

class HttpTunnel;

class TunnelTable {
 public:
  /// `limits` outlive it.
  explicit TunnelTable(const TunnelLimits& limits) : limits_(limits) {}
  ~TunnelTable();

  /// A request for one of its tunnels, or for a new one.
  void serve(loop::ShardLoop& loop, TunnelCall& call);
  /// A tunnel has ended. Gives it back, which may be in use.
  [[nodiscard]] std::shared_ptr<HttpTunnel> remove(const HttpTunnel& tunnel);

 private:
  [[nodiscard]] std::shared_ptr<HttpTunnel> open(loop::ShardLoop& loop, TunnelCall& call);

  const TunnelLimits& limits_;
  std::map<std::string, std::shared_ptr<HttpTunnel>, std::less<>> tunnels_;  ///< at most tunnels_max
  std::map<OpeningDigest, std::weak_ptr<HttpTunnel>> openings_;              ///< one for each tunnel
};

class TunnelTables {
 public:
  explicit TunnelTables(const TunnelLimits& limits) : limits_(limits) {}
  /// As long as this lives.
  [[nodiscard]] TunnelTable& of(const loop::ShardLoop& loop);

 private:
  const TunnelLimits& limits_;
  std::mutex mutex_;
  std::map<const loop::ShardLoop*, std::unique_ptr<TunnelTable>> tables_;  ///< as many as the server has loops
};

}  // namespace dialogue::transport
