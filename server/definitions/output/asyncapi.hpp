// Definitions as an AsyncAPI 3 document: what the server receives and sends over its WebSocket, room by room. Pure.
#pragma once
#include <string>
#include <string_view>

#include "shared/schema/definitions.hpp"

namespace dialogue::definitions {

/// The document as JSON without white space. `title` names the application.
[[nodiscard]] std::string asyncapi_document(const Definitions& definitions, std::string_view title);

}  // namespace dialogue::definitions
