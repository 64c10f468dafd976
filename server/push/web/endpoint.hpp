// Endpoints of push services: clients choose them, and the server connects to them. Which hosts are allowed. Pure; safe from any
// thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http_client/http_url.hpp"

namespace dialogue::push {

inline constexpr std::size_t kEndpointBytesMax = 2048;

/// An endpoint that the server may connect to.
struct Endpoint {
  http_client::HttpUrl url;
  std::string origin;       ///< "https://fcm.googleapis.com"
  bool is_of_test = false;  ///< a loopback origin that the operator named: connected to without TLS and on any port
};

class EndpointRules {
 public:
  /// `hosts`: without fault_of_push_host().
  explicit EndpointRules(const std::vector<std::string>& hosts);
  /// Nothing where the host is none of a known push service or of the settings, or where it is not https on port 443.
  [[nodiscard]] std::optional<Endpoint> endpoint_of(std::string_view text) const;

 private:
  std::vector<std::string> hosts_, test_origins_;
};

/// Why a text of the settings is neither a host ("push.example.com", "*.example.com") nor an origin on this machine
/// ("http://127.0.0.1:9000"). Empty: it is.
[[nodiscard]] std::string fault_of_push_host(std::string_view text);

}  // namespace dialogue::push
