// Why something was refused, as a value.
#pragma once
#include <string>

#include "shared/base/errors.hpp"

namespace dialogue::core {

/// Why something was refused. `argument` fills the "{}" of the code's message.
struct Error {
  ErrorCode code = ErrorCode::ok;
  std::string argument, path;  ///< path: into the payload ("$.text"), empty when it is not about a payload
};

}  // namespace dialogue::core
