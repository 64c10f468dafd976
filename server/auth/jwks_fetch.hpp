// One GET of a JSON Web Key Set over http or https, with a bound on everything: no redirect, 64 KiB, 5 seconds in all, the name
// in the certificate checked against the system's authorities. Functions for the thread of their executor.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace dialogue {

inline constexpr auto kJwksTimeMax = std::chrono::seconds(5);

struct JwksUrl {
  bool is_secure = false;
  std::string host, port, target;
  [[nodiscard]] bool is_loopback() const;
};

/// "https://host[:port]/path[?query]" or http; nothing for any other form, and for a name and password in it.
[[nodiscard]] std::optional<JwksUrl> parse_jwks_url(std::string_view text);

struct JwksAnswer {
  std::string body;
  std::optional<std::uint64_t> max_age_s;
};

/// The answer, or what went wrong in words.
[[nodiscard]] boost::asio::awaitable<std::variant<JwksAnswer, std::string>> fetch_jwks(JwksUrl url);

}  // namespace dialogue
