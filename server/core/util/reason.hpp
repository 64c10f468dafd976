// Reasons that the application gives for a refusal: clients see them, and so do the log and the recorder, so they have a bound.
// Pure.
#pragma once
#include <cstddef>
#include <string>
#include <utility>

namespace dialogue::core {

inline constexpr std::size_t kReasonBytesMax = 256;  ///< longer ones are cut, and end in "..."

/// Returns a reason, cut to kReasonBytesMax bytes, at the end of a code point if it is UTF-8.
[[nodiscard]] inline std::string bounded_reason(std::string reason) {
  if (reason.size() <= kReasonBytesMax) return reason;
  const auto is_continuation = [&reason](std::size_t at) { return (static_cast<unsigned char>(reason[at]) & 0xC0) == 0x80; };
  std::size_t end = kReasonBytesMax - 3;
  for (int step = 0; step < 3 && is_continuation(end); ++step) --end;
  reason.resize(end);
  reason += "...";
  return reason;
}

}  // namespace dialogue::core
