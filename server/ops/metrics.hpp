// The answer to /metrics: what cells count (server/metrics) as text, in the format of Prometheus 0.0.4 or in OpenMetrics 1.0.
// Pure but for process_measures(); safe from any thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "server/metrics/reading.hpp"

namespace dialogue::ops {

enum class MetricsFormat : std::uint8_t { prometheus, openmetrics };

/// The format that a request's Accept prefers; Prometheus's own without a preference.
[[nodiscard]] MetricsFormat metrics_format(std::string_view accept);
[[nodiscard]] std::string_view content_type(MetricsFormat format);

/// `reading` gets `metric_series`. No label names a room's id or a user.
[[nodiscard]] std::string metrics_text(metrics::Reading& reading, MetricsFormat format);

/// Sets the gauges of the process itself, from /proc.
void measure_process(metrics::CellValues& process);

}  // namespace dialogue::ops
