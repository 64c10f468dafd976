// A backend behind the server: which paths it serves, and where it is. Pure; safe from any thread.
#pragma once
#include <string>
#include <string_view>
#include <variant>

#include "server/http_client/http_url.hpp"

namespace dialogue::proxy {

struct ProxyTarget {
  std::string prefix;        ///< begins with a slash, and ends with none, but for "/" itself
  http_client::HttpUrl url;  ///< of the backend, without a path
};

/// "/shop=http://127.0.0.1:3000"; or what is wrong with it, as one clause.
[[nodiscard]] std::variant<ProxyTarget, std::string> parse_proxy(std::string_view text);

}  // namespace dialogue::proxy
