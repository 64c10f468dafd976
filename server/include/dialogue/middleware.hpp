// Built-in middleware for Instance::use(). Also available in definition files ("middleware"): docs/guides/middleware.md. The
// returned functions have no state; safe from any thread.
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
  /// Regular expressions (RE2: linear time), matched against each string in a payload. Property names are not matched.
  std::vector<std::string> blocklist;
  /// Replaces each match. Absent: the publication is rejected.
  std::optional<std::string> replacement;
  bool ignores_case = true;
};

/// Rejects or replaces text that matches a blocklist. Throws SetupError that names an expression which RE2 does not accept.
[[nodiscard]] MiddlewareFunction content_filter(const ContentFilter& filter);

/// Admits only senders with this role: the token's claim, or what a hook has said.
[[nodiscard]] MiddlewareFunction require_role(std::string role);

/// Replaces properties by `replacement`, JSON text. A field is a path: "email", or "card.number" for a nested property. Array
/// items add nothing to a path.
[[nodiscard]] MiddlewareFunction redact(std::vector<std::string> fields, std::string replacement = R"("[redacted]")");

/// Rejects payloads larger than `bytes_max` bytes of JSON text.
[[nodiscard]] MiddlewareFunction size_guard(std::size_t bytes_max);

/// Logs each publication that reaches this step, without its payload: room, event, sender and size.
[[nodiscard]] MiddlewareFunction log_messages(std::function<void(const LogLine&)> logger);

}  // namespace dialogue
