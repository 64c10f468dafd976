// The settings of one server's HTTP side. A plain value; nothing here changes while the server runs.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/api.hpp"
#include "server/http/path_table.hpp"
#include "server/http/request/http_limits.hpp"
#include "server/http2/http2_limits.hpp"
#include "server/metrics/reading.hpp"
#include "server/net/address_range.hpp"
#include "server/net/tls.hpp"
#include "server/trace/tracer.hpp"

namespace dialogue::http {

struct MetricsAnswer {
  std::string_view content_type;
  std::string text;
};

struct HttpConfig {
  std::shared_ptr<net::TlsCertificate> tls;  ///< loaded; what is listened on speaks TLS; none: plain
  std::string path = "/dialogue";            ///< where WebSockets are accepted
  bool allows_loopback_origins = false;      ///< pages of this machine may connect too, whatever their port
  /// Whose X-Forwarded-For and X-Forwarded-Proto are believed.
  std::vector<net::AddressRange> trusted_proxies;
  /// Those proxies begin each connection with a PROXY header (version 1 or 2); connections of others are refused.
  bool expects_proxy_header = false;
  std::string auth_cookie;               ///< the cookie that may hold a token; empty: none
  std::vector<std::string> auth_fields;  ///< fields that the authenticator sees, in small letters
  /// Why the server cannot admit clients now, as one word for /ready; empty: it can. On any loop's thread. Not set: it always
  /// can.
  std::function<std::string()> why_not_ready;
  api::ApiSettings api;
  /// The answer to /metrics, as the field Accept wants it; on any loop's thread. Not set: 404.
  std::function<MetricsAnswer(metrics::Reading, std::string_view accept)> metrics;
  std::vector<PathRow> paths;  ///< beside those of the server itself
  /// The bytes of the largest body that a handler of `paths` takes.
  std::uint64_t path_body_bytes_max = 0;
  std::shared_ptr<trace::Tracer> tracer;  ///< follows requests of the API; null: none
  /// There are no keys or tokens: figures are for this machine too, under the rule of development identities.
  bool shows_metrics_on_loopback = false;
  HttpLimits http;
  http2::Http2Limits http2;  ///< times and `sockets_max` are those of the parts around it
};

}  // namespace dialogue::http
