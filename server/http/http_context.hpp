// The shared state of all HTTP sessions of one server. Immutable while loops run, so that no lock is needed; mutable parts lock
// themselves.
#pragma once
#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "server/api/api.hpp"
#include "server/http/http_config.hpp"
#include "server/http/path_table.hpp"
#include "server/http/request/allowed_origins.hpp"
#include "server/http/request/handshake_fsm.hpp"
#include "server/http/request_transport.hpp"
#include "server/http/response/http_router.hpp"
#include "server/http/store_verdict.hpp"
#include "server/http/transport_upgrade.hpp"
#include "server/net/address_limits.hpp"
#include "server/net/memory_guard.hpp"

namespace dialogue::http {

struct HttpContext {
  const HttpConfig& config;
  HandshakeFsm::Rules handshake_rules;
  HttpRouter router;
  PathTable paths;
  api::Api api;
  net::AddressLimits& address_limits;
  std::vector<const TransportUpgrade*> upgrades;            ///< the first that wants a request gets it
  std::vector<const RequestTransport*> request_transports;  ///< likewise
  mutable net::MemoryGuard memory;
  AllowedOrigins allowed_origins{};
  std::shared_ptr<StoreVerdict> store_verdict{};  ///< null if the server has no store
  /// Whether /ready answers 503, so that the server gets no new work, although it still accepts.
  std::atomic<bool> is_leaving{false};

  /// Returns the transport that a request upgrades to, or null for a request that gets a plain answer.
  [[nodiscard]] const TransportUpgrade* upgrade_for(const RequestHeader& header, const CheckedRequest& request) const {
    const auto found = std::find_if(upgrades.begin(), upgrades.end(),
                                    [&](const TransportUpgrade* each) { return each->is_wanted(header, request); });
    return found == upgrades.end() ? nullptr : *found;
  }
  /// Returns the transport whose connection a request belongs to, or null.
  [[nodiscard]] const RequestTransport* request_transport_for(const CheckedRequest& request) const {
    const auto found = std::find_if(request_transports.begin(), request_transports.end(),
                                    [&](const RequestTransport* each) { return each->is_wanted(request); });
    return found == request_transports.end() ? nullptr : *found;
  }
};

}  // namespace dialogue::http
