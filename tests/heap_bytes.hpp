// What this program has allocated and not freed, as the C library counts it: what a thousand of something take is exact to a few
// bytes each. Nothing is counted under a sanitizer (kSanitized).
#pragma once
#include <malloc.h>

#include <cstddef>

namespace dialogue::testing {

[[nodiscard]] inline std::size_t heap_bytes() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace dialogue::testing
