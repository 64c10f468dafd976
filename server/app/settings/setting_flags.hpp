// Faults of a Config in the words of the command line: people who start the program know flags, not the members of a struct.
#pragma once
#include <dialogue/setup_error.hpp>

namespace dialogue::app {

/// The same fault with flags in place of members: "proxy_protocol: ..." is "--proxy-protocol: ...". What names no member stays.
[[nodiscard]] SetupError in_flags(const SetupError& fault);

}  // namespace dialogue::app
