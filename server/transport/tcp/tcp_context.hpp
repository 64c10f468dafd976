// The shared state of all TCP connections of one server. Immutable while loops run; mutable parts lock themselves.
#pragma once
#include <atomic>
#include <cstddef>
#include <memory>
#include <span>

#include "server/net/address_limits.hpp"
#include "server/net/address_range.hpp"
#include "server/net/memory_guard.hpp"
#include "server/net/tls.hpp"
#include "server/transport/tcp/tcp_limits.hpp"

namespace dialogue::transport {

struct TcpContext {
  TcpLimits limits;
  net::AddressLimits& address_limits;
  net::MemoryGuard& memory;
  std::shared_ptr<const net::TlsCertificate> tls;      ///< null: plain
  std::span<const net::AddressRange> trusted_proxies;  ///< outlive the loops
  bool expects_proxy_header = false;
  mutable std::atomic<std::size_t> connections{0};  ///< held against limits.connections_max
};

}  // namespace dialogue::transport
