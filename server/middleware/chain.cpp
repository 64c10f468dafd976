// Global steps precede those of rooms, and within each group the definitions precede the application's.
#include "server/middleware/chain.hpp"

#include <dialogue/middleware.hpp>
#include <string_view>

#include "shared/json/json_text.hpp"

namespace dialogue::middleware {
namespace {

MiddlewareFunction function_of(const MiddlewareDefinition& definition, const std::function<void(const LogLine&)>& logger) {
  switch (definition.use) {
    case MiddlewareUse::content_filter:
      return content_filter({definition.texts, definition.replacement, true});
    case MiddlewareUse::required_role:
      return require_role(definition.role);
    case MiddlewareUse::redact:
      return definition.replacement ? redact(definition.texts, json_string(*definition.replacement)) : redact(definition.texts);
    case MiddlewareUse::size_guard:
      return size_guard(definition.bytes_max);
    case MiddlewareUse::logger:
      break;
  }
  return log_messages(logger);
}

}  // namespace

std::vector<core::Middleware> middleware_chain(const Definitions& definitions, const std::vector<core::Middleware>& own,
                                               const std::function<void(const LogLine&)>& logger) {
  std::vector<core::Middleware> chain;
  const auto add_defined = [&](const std::string& room, const std::vector<MiddlewareDefinition>& defined) {
    for (const MiddlewareDefinition& definition : defined) chain.push_back({room, function_of(definition, logger), {}});
  };
  const auto add_own = [&](bool is_global) {
    for (const core::Middleware& step : own)
      if (step.room.empty() == is_global) chain.push_back(step);
  };
  add_defined("", definitions.middleware);
  add_own(true);
  for (const RoomDefinition& room : definitions.rooms) add_defined(room.id, room.middleware);
  add_own(false);
  return chain;
}

}  // namespace dialogue::middleware
