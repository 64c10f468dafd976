// Which traces are sent. Pure.
#pragma once
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

#include "server/trace/context/trace_context.hpp"

namespace dialogue::trace {

/// "0.05"; nothing for anything but a plain decimal number from 0 to 1.
[[nodiscard]] inline std::optional<double> parse_ratio(std::string_view text) {
  double ratio = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), ratio, std::chars_format::fixed);
  if (fault != std::errc{} || end != text.data() + text.size() || !(ratio >= 0 && ratio <= 1)) return std::nullopt;
  return ratio;
}

/// Whether a trace that begins here belongs to the share `ratio` (0 to 1). A function of the id, like OpenTelemetry's
/// TraceIdRatioBased: servers with the same ratio choose the same traces.
[[nodiscard]] inline bool is_in_sample(const TraceId& trace, double ratio) {
  constexpr double kBelow = 9223372036854775808.0;  // 2^63
  if (ratio >= 1) return true;
  return ratio > 0 && trace.low >> 1 < static_cast<std::uint64_t>(ratio * kBelow);
}

}  // namespace dialogue::trace
