// The page that a request comes from, judged by its Origin field. A plain value.
#pragma once
#include <cstdint>

namespace dialogue::api {

/// `own`: of the server itself. `listed`: of an origin that is allowed. `foreign`: it is refused.
enum class PageOrigin : std::uint8_t { absent, own, listed, foreign };

}  // namespace dialogue::api
