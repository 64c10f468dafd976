// The limit of log lines per cause: 100 a second, then silence until the second is over, and a count of the suppressed ones. A
// value; not thread-safe. Causes are string literals, compared by content.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "server/core/util/elapsed.hpp"

namespace dialogue::core {

inline constexpr std::uint32_t kLogLinesPerSecondMax = 100;

class LogLimiter {
 public:
  /// Returns how many lines of this cause were dropped since the last written one; no value: drop this one, too.
  [[nodiscard]] std::optional<std::uint64_t> admit(std::string_view cause, std::uint64_t now_ms) {
    Window& window = windows_[cause];
    if (elapsed_ms(now_ms, window.start_ms) >= 1000) {
      window.start_ms = now_ms;
      window.written = 0;
    }
    if (window.written >= kLogLinesPerSecondMax) {
      ++window.swallowed;
      return std::nullopt;
    }
    ++window.written;
    return std::exchange(window.swallowed, 0);
  }

 private:
  struct Window {
    std::uint64_t start_ms = 0, swallowed = 0;
    std::uint32_t written = 0;
  };
  std::map<std::string_view, Window> windows_;
};

}  // namespace dialogue::core
