// See process_limits.hpp.
#include "server/app/process/process_limits.hpp"

#include <sys/resource.h>

namespace dialogue::app {

void forbid_core_dumps() {
  constexpr rlimit kNone{0, 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &kNone));  // lowering one's own limit cannot fail
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace dialogue::app
