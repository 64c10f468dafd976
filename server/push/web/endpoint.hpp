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
  /// `hosts`: texts of the settings that fault_of_push_host() accepts.
  explicit EndpointRules(const std::vector<std::string>& hosts);
  /// Returns the endpoint if it is https on port 443 of a known push service or of a host in the settings, or a loopback origin
  /// in the settings; otherwise no value.
  [[nodiscard]] std::optional<Endpoint> endpoint_of(std::string_view text) const;

 private:
  std::vector<std::string> hosts_, test_origins_;
};

/// Returns why a text of the settings is neither a host ("push.example.com", "*.example.com") nor an origin on this machine
/// ("http://127.0.0.1:9000"); empty if it is one.
[[nodiscard]] std::string fault_of_push_host(std::string_view text);

}  // namespace dialogue::push
