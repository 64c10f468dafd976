// One step of a trace: what was done, from when to when, and what came of it. Plain values. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/trace/context/trace_context.hpp"

namespace dialogue::trace {

/// The numbers are OTLP's.
enum class SpanKind : std::uint8_t { internal = 1, server = 2, client = 3 };
enum class SpanStatus : std::uint8_t { unset = 0, ok = 1, error = 2 };

/// Attributes must not contain payloads, users and room ids: they could not be erased at the receiver.
using AttributeValue = std::variant<std::string, std::int64_t, bool>;

struct Attribute {
  std::string_view name;  ///< a literal
  AttributeValue value;
};

/// Another trace's span that this one has to do with.
struct SpanLink {
  TraceId trace;
  SpanId span = 0;
};

struct Span {
  TraceId trace;
  SpanId id = 0, parent = 0;  ///< parent 0: it begins the trace
  std::string state{};        ///< tracestate
  std::string name{};
  SpanKind kind = SpanKind::internal;
  std::uint64_t begin_ns = 0, end_ns = 0;  ///< Unix time
  std::vector<Attribute> attributes{};
  std::vector<SpanLink> links{};
  SpanStatus status = SpanStatus::unset;
  std::string message{};  ///< of an error
};

}  // namespace dialogue::trace
