// The "middleware" of app.json, in place of server/definitions/source/middleware_json.cpp: steps need RE2, which is not in the
// module. So that no publication passes a step that production has, definitions with steps are refused.
#include "server/definitions/source/middleware_json.hpp"

namespace dialogue::definitions {

std::vector<MiddlewareDefinition> read_middleware(const JsonLocation& site) {
  if (!site.value.is(JsonValue::Kind::array) || !site.value.items.empty())
    site.fault("The server in WebAssembly has no middleware.", "Leave it out here, or test with `startServer`.");
  return {};
}

}  // namespace dialogue::definitions
