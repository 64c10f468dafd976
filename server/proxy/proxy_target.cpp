// See proxy_target.hpp.
#include "server/proxy/proxy_target.hpp"

#include <algorithm>
#include <array>

namespace dialogue::proxy {
namespace {

constexpr std::array<std::string_view, 9> kServersPaths = {"/api",   "/dialogue",  "/events",    "/health",   "/metrics",
                                                           "/ready", "/_dialogue", "/socket.io", "/engine.io"};

bool is_in_path(char c) {
  constexpr std::string_view kMarks = "-._~/";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
}

}  // namespace

std::variant<ProxyTarget, std::string> parse_proxy(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return "\"" + std::string(text) + "\" is not of the form PREFIX=URL";
  ProxyTarget target;
  target.prefix = text.substr(0, equals);
  while (target.prefix.size() > 1 && target.prefix.back() == '/') target.prefix.pop_back();
  const bool is_path = target.prefix.starts_with('/') && target.prefix.find("//") == std::string::npos &&
                       std::all_of(target.prefix.begin(), target.prefix.end(), is_in_path);
  if (!is_path) return "the prefix \"" + target.prefix + "\" is not a path of letters, digits and - . _ ~ /";
  for (const std::string_view own : kServersPaths)
    if (target.prefix == own || (target.prefix.starts_with(own) && target.prefix[own.size()] == '/'))
      return "the server itself serves \"" + std::string(own) + "\"";
  auto url = http_client::parse_http_url(text.substr(equals + 1));
  if (!url) return "\"" + std::string(text.substr(equals + 1)) + "\" is not a URL of the form http://HOST:PORT";
  if (url->target != "/") return "the URL has a path; requests keep the path that they came with";
  target.url = *std::move(url);
  return target;
}

}  // namespace dialogue::proxy
