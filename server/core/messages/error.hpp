// Why something was refused, as a value.
#pragma once
#include <string>
#include <string_view>

#include "shared/base/errors.hpp"

namespace dialogue::core {

/// Why something was refused. `argument` fills the "{}" of the code's message.
struct Error {
  ErrorCode code = ErrorCode::ok;
  std::string argument, path;  ///< path: into the payload ("$.text"), empty when it is not about a payload
};

/// The application's text for its own refusal, without the sentence around it; empty for every other code.
[[nodiscard]] inline std::string_view refusal_reason(const Error& fault) {
  return fault.code == ErrorCode::denied_by_hook ? std::string_view(fault.argument) : std::string_view();
}

}  // namespace dialogue::core
