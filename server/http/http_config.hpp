// The settings of one server's HTTP side. A plain value; nothing here changes while the server runs.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/api/api.hpp"
#include "server/http/request/http_limits.hpp"
#include "server/loop/loop_counts.hpp"
#include "server/net/address_range.hpp"
#include "server/net/tls.hpp"

namespace dialogue::http {

struct HttpConfig {
  std::shared_ptr<net::TlsCertificate> tls;  ///< loaded; what is listened on speaks TLS; none: plain
  std::string path = "/dialogue";            ///< where WebSockets are accepted
  bool allows_loopback_origins = false;      ///< pages of this machine may connect too, whatever their port
  /// Whose X-Forwarded-For and X-Forwarded-Proto are believed.
  std::vector<net::AddressRange> trusted_proxies;
  /// Those proxies begin each connection with a PROXY header (version 1 or 2); a connection of anybody else is refused.
  bool expects_proxy_header = false;
  /// Why the server cannot let anybody in now, as one word for /ready; empty: it can. On any loop's thread. Not set: it always
  /// can.
  std::function<std::string()> why_not_ready;
  api::ApiSettings api;
  std::function<std::string(const loop::ServerCounts&)> metrics;  ///< the text of /metrics, on any loop's thread; empty: 404
  /// There are no keys or tokens: figures are for this machine too, under the rule of development identities.
  bool shows_metrics_on_loopback = false;
  HttpLimits http;
};

}  // namespace dialogue::http
