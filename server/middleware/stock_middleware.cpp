// The middleware that needs nothing but the draft.
#include <algorithm>
#include <dialogue/middleware.hpp>
#include <utility>

#include "server/middleware/rewrite_json.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {

MiddlewareFunction require_role(std::string role) {
  return [role = std::move(role)](const Draft& draft) {
    return draft.identity.role == role ? HookVerdict::allow() : HookVerdict::deny("it needs the role " + role);
  };
}

MiddlewareFunction redact(std::vector<std::string> fields, std::string replacement) {
  return [fields = std::move(fields), replacement = std::move(replacement)](const Draft& draft) {
    auto payload =
        middleware::rewrite_json(draft.payload, [&](std::string_view path, std::string_view) -> std::optional<std::string> {
          const bool is_named = !path.empty() && std::find(fields.begin(), fields.end(), path) != fields.end();
          return is_named ? std::optional(replacement) : std::nullopt;
        });
    return payload ? HookVerdict::replace(std::move(*payload)) : HookVerdict::allow();
  };
}

MiddlewareFunction size_guard(std::size_t bytes_max) {
  return [bytes_max](const Draft& draft) {
    return draft.payload.size() <= bytes_max ? HookVerdict::allow()
                                             : HookVerdict::deny("it is larger than " + std::to_string(bytes_max) + " bytes");
  };
}

MiddlewareFunction log_messages(std::function<void(const LogLine&)> logger) {
  return [logger = std::move(logger)](const Draft& draft) {
    JsonText fields;
    fields.text("room", draft.room_id).text("event_name", draft.event).text("user", draft.identity.user_id);
    fields.text("session", draft.session_id).number("bytes", draft.payload.size());
    logger({core::LogLevel::info, "message", fields.take()});
    return HookVerdict::allow();
  };
}

}  // namespace dialogue
