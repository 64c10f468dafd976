// See core_dumps.hpp.
#include "server/app/process/core_dumps.hpp"

#include <sys/resource.h>

namespace dialogue::app {

void forbid_core_dumps() {
  constexpr rlimit kNone{0, 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &kNone));  // lowering one's own limit cannot fail
}

}  // namespace dialogue::app
