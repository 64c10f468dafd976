// One GET of a JSON Web Key Set over http or https, with a bound on everything: no redirect, 64 KiB, 5 seconds in all, the name
// in the certificate checked against the system's authorities. A function for the thread of its executor.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "server/http_client/http_url.hpp"

namespace dialogue::auth {

inline constexpr auto kJwksTimeMax = std::chrono::seconds(5);

struct JwksResponse {
  std::string body;
  std::optional<std::uint64_t> max_age_s;
};

/// The answer, or what went wrong in words.
[[nodiscard]] boost::asio::awaitable<std::variant<JwksResponse, std::string>> fetch_jwks(http_client::HttpUrl url);

}  // namespace dialogue::auth
