// The context of a trace as HTTP carries it: https://www.w3.org/TR/trace-context, version 00. Plain values. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dialogue::trace {

inline constexpr std::string_view kTraceparentField = "traceparent", kTracestateField = "tracestate";
/// A longer one is not carried on.
inline constexpr std::size_t kTracestateBytesMax = 512, kTracestateMembersMax = 32;

struct TraceId {
  std::uint64_t high = 0, low = 0;
  friend bool operator==(const TraceId&, const TraceId&) = default;
};

using SpanId = std::uint64_t;  ///< 0: none

struct TraceContext {
  TraceId trace;
  SpanId span = 0;
  bool is_sampled = false;
  std::string state{};  ///< of other vendors, as it came; empty: none
};

/// 32 and 16 hexadecimal digits.
[[nodiscard]] std::string trace_id_text(const TraceId& trace);
[[nodiscard]] std::string span_id_text(SpanId span);

/// Nothing for whatever is not exactly version 00: another version, upper case, an id of zeros, other lengths.
[[nodiscard]] std::optional<TraceContext> parse_traceparent(std::string_view text);
/// "00-<trace>-<span>-01", or 00 where it is not sampled.
[[nodiscard]] std::string traceparent_of(const TraceContext& context);

/// Whether it is a list of KEY=VALUE that may be carried on.
[[nodiscard]] bool is_tracestate(std::string_view text);

}  // namespace dialogue::trace
