// Middleware that comes with Dialogue, for Instance::use(). The same is to be had in a definition file by "middleware":
// docs/guides/middleware.md. The functions that these return keep nothing between calls; safe from any thread.
//
//   server.use(dialogue::content_filter({.blocklist = {R"(\bdarn\b)"}, .replacement = "****"}));
//   server.use("staff", dialogue::require_role("admin"));
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/core/messages/hooks.hpp"

namespace dialogue {

using core::Draft, core::HookVerdict, core::LogLine;

using MiddlewareFunction = std::function<HookVerdict(const Draft&)>;

struct ContentFilter {
  /// Regular expressions (RE2: linear time). Each text in a payload is held against all; names of properties are not.
  std::vector<std::string> blocklist;
  /// Takes the place of what matches; absent: the publication is refused.
  std::optional<std::string> replacement;
  bool ignores_case = true;
};

/// Refuses or mends what matches a blocklist. Throws SetupError for an expression that RE2 does not take, naming it.
[[nodiscard]] MiddlewareFunction content_filter(const ContentFilter& filter);

/// Lets only senders pass whose role (the identity's meta.role, or the token's claim `role`) is this one.
[[nodiscard]] MiddlewareFunction require_role(std::string role);

/// Puts `replacement`, JSON text, in the place of properties: "email", or "card.number" for one within another. Items of arrays
/// add nothing to a path.
[[nodiscard]] MiddlewareFunction redact(std::vector<std::string> fields, std::string replacement = R"("[redacted]")");

/// Refuses payloads of more than `bytes_max` bytes of JSON text.
[[nodiscard]] MiddlewareFunction size_guard(std::size_t bytes_max);

/// Writes one line for each publication that gets as far: room, event, sender and size, not what it says.
[[nodiscard]] MiddlewareFunction log_messages(std::function<void(const LogLine&)> logger);

}  // namespace dialogue
