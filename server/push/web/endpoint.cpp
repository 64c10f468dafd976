// See endpoint.hpp.
#include "server/push/web/endpoint.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/lower_case.hpp"

namespace dialogue::push {
namespace {

/// Chromium and its kin, Firefox, Safari, Edge on Windows.
constexpr std::array<std::string_view, 4> kKnownHosts = {"fcm.googleapis.com", "*.push.services.mozilla.com", "*.push.apple.com",
                                                         "*.notify.windows.com"};
constexpr std::string_view kEverySub = "*.", kTestScheme = "http://";

bool is_host_of(std::string_view host, std::string_view pattern) {
  if (!pattern.starts_with(kEverySub)) return host == pattern;
  pattern.remove_prefix(1);
  return host.size() > pattern.size() && host.ends_with(pattern);
}

std::string origin_of(const http_client::HttpUrl& url) { return (url.is_secure ? "https://" : "http://") + url.authority(); }

bool is_host_name(std::string_view text) {
  if (text.starts_with(kEverySub)) text.remove_prefix(kEverySub.size());
  return text.find('.') != std::string_view::npos && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos;
}

}  // namespace

std::string fault_of_push_host(std::string_view text) {
  if (!text.starts_with(kTestScheme)) return is_host_name(text) ? "" : "it is not a host in lower case";
  const auto url = http_client::parse_http_url(text);
  if (!url || !url->is_loopback() || origin_of(*url) != text) return "an origin with http must be one of this machine";
  return "";
}

EndpointRules::EndpointRules(const std::vector<std::string>& hosts) : hosts_(kKnownHosts.begin(), kKnownHosts.end()) {
  for (const std::string& each : hosts) (each.starts_with(kTestScheme) ? test_origins_ : hosts_).push_back(each);
}

std::optional<Endpoint> EndpointRules::endpoint_of(std::string_view text) const {
  if (text.size() > kEndpointBytesMax) return std::nullopt;
  auto url = http_client::parse_http_url(text);
  if (!url) return std::nullopt;
  url->host = lower_case(url->host);
  std::string origin = origin_of(*url);
  const bool is_of_test = std::find(test_origins_.begin(), test_origins_.end(), origin) != test_origins_.end();
  const auto is_allowed = [&](const std::string& pattern) { return is_host_of(url->host, pattern); };
  const bool is_of_service = url->is_secure && url->port == "443" && std::any_of(hosts_.begin(), hosts_.end(), is_allowed);
  if (!is_of_test && !is_of_service) return std::nullopt;
  return Endpoint{*std::move(url), std::move(origin), is_of_test};
}

}  // namespace dialogue::push
