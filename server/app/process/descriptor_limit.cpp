// See descriptor_limit.hpp.
#include "server/app/process/descriptor_limit.hpp"

#include <sys/resource.h>

namespace dialogue::app {

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace dialogue::app
