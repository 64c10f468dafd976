// Spans as OTLP's JSON, the body of POST /v1/traces: ids in hexadecimal, 64-bit numbers as decimal strings, enums as integers
// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). Pure.
#pragma once
#include <span>
#include <string>

#include "server/trace/context/span.hpp"

namespace dialogue::trace {

/// The process that reports the spans, as attributes of OTLP's resource.
struct TraceResource {
  std::string version;   ///< of the server
  std::string instance;  ///< differs for each process
};

[[nodiscard]] std::string otlp_json(const TraceResource& resource, std::span<const Span> spans);

}  // namespace dialogue::trace
