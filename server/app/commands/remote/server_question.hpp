// One request to a running server, for commands that show its answer. Used by one thread.
#pragma once
#include <cstdint>
#include <string>

#include "server/app/settings/settings_sources.hpp"

namespace dialogue::app {

inline constexpr unsigned kHttpOk = 200, kHttpNotFound = 404, kHttpTooMany = 429;

struct ServerQuestion {
  std::string url;     ///< "http://HOST:PORT", with a path where a proxy serves it there; or "unix:PATH"
  std::string target;  ///< "/health", below that path
  std::string key;     ///< of the HTTP API; empty: none
  bool is_post = false;
  std::uint32_t timeout_s = 5;
  std::string member{};  ///< a member of every such answer: without it, the answer is not from a Dialogue server; empty: any
                         ///< answer counts
  std::string body{}, idempotency_key{};  ///< of a POST; `body`: JSON, empty: none
};

struct ServerAnswer {
  unsigned status = 0;
  std::string body;   ///< at most 256 KiB
  std::string fault;  ///< why there is no answer, in words; empty: there is one
};

/// Throws SetupError for an invalid URL.
[[nodiscard]] ServerAnswer ask_server(const ServerQuestion& question);

/// Why the answer is not the one that was asked for, after the URL and in words.
[[nodiscard]] std::string fault_of(const std::string& url, const ServerAnswer& answer);

/// The API key in an environment variable; empty without a name. Throws SetupError where the variable is not set.
[[nodiscard]] std::string key_of(const Environment& environment, const std::string& variable);

/// "http://HOST:PORT/health": a URL with the requested path below it.
[[nodiscard]] std::string asked_url(std::string url, const std::string& target);

/// The server that listens at a setting "HOST:PORT"; on this machine where it listens at all addresses. Throws SetupError
/// where the setting has another form.
[[nodiscard]] std::string local_server_url(const std::string& listen);

/// The server at DIALOGUE_LISTEN, or this machine's at port 8080.
[[nodiscard]] std::string default_server_url(const Environment& environment);

}  // namespace dialogue::app
