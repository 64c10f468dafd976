// Where a request's header ends, and whether its bytes may be shown to Beast's parser at all. Sans-io: it looks at what has been
// received so far. It refuses what Beast would repair or overlook: folded lines, bare CR and LF, NUL and other controls
// (docs/decisions/042-http-limits.md). Pure; safe from any thread.
#pragma once
#include <cstddef>
#include <string_view>

#include "server/http/request/http_limits.hpp"

namespace dialogue::http {

struct HttpHead {
  std::size_t size = 0;  ///< bytes of the whole header with its empty line; 0: not there yet
  unsigned status = 0;   ///< not 0: refuse with this status and close
  std::string_view reason{};
};

[[nodiscard]] HttpHead find_head(std::string_view received, const HttpLimits& limits);

}  // namespace dialogue::http
