// See tunnel_table.hpp.
#include "server/transport/http_tunnel/tunnel_table.hpp"

#include <utility>

#include "server/loop/shard_loop.hpp"
#include "server/net/session_id.hpp"
#include "server/transport/http_tunnel/http_tunnel.hpp"
#include "server/transport/http_tunnel/tunnel_answer.hpp"

namespace dialogue::transport {
namespace {

constexpr unsigned kNoPlace = 503;
constexpr std::uint64_t kFullRetryMs = 10'000;

http::HttpResponse full_answer(std::string_view origin) {
  return tunnel_refusal(kNoPlace, "The server has too many connections over HTTP.", kFullRetryMs, origin, ErrorCode::server_full);
}

}  // namespace

TunnelTable::~TunnelTable() = default;

void TunnelTable::serve(loop::ShardLoop& loop, TunnelCall& call) {
  std::shared_ptr<HttpTunnel> tunnel;
  if (call.opening()) {
    tunnel = open(loop, call);
    if (!tunnel) return call.respond(full_answer(call.origin()));
  } else if (const auto found = tunnels_.find(call.request().session); found != tunnels_.end()) {
    tunnel = found->second;
  }
  if (!tunnel || tunnel->origin() != call.origin()) return call.respond(session_gone(call.origin()));
  tunnel->serve(call);
}

std::shared_ptr<HttpTunnel> TunnelTable::open(loop::ShardLoop& loop, TunnelCall& call) {
  TunnelCall::Opening& opening = *call.opening();
  if (const auto found = openings_.find(opening.digest); found != openings_.end())
    if (auto tunnel = found->second.lock()) return tunnel;
  if (tunnels_.size() >= limits_.tunnels_max) return nullptr;
  net::AdmissionGuard admission{loop.count_one(), std::move(opening.address)};
  auto tunnel = std::make_shared<HttpTunnel>(loop, *this, net::make_session_id(loop.index()), call.origin(), opening.digest,
                                             std::move(admission), limits_);
  tunnels_.emplace(tunnel->session(), tunnel);
  openings_[opening.digest] = tunnel;
  loop.open(tunnel, opening.peer, [&](core::ConnectionId id) { tunnel->begin(id); });
  return tunnel;
}

std::shared_ptr<HttpTunnel> TunnelTable::remove(const HttpTunnel& tunnel) {
  openings_.erase(tunnel.opening());
  const auto found = tunnels_.find(tunnel.session());
  if (found == tunnels_.end()) return nullptr;
  std::shared_ptr<HttpTunnel> taken = std::move(found->second);
  tunnels_.erase(found);
  return taken;
}

TunnelTable& TunnelTables::of(const loop::ShardLoop& loop) {
  const std::lock_guard lock(mutex_);
  auto& table = tables_[&loop];
  if (!table) table = std::make_unique<TunnelTable>(limits_);
  return *table;
}

}  // namespace dialogue::transport
