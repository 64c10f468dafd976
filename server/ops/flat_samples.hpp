// A reading as single samples, for sinks. Pure.
#pragma once
#include <functional>
#include <span>

#include "server/metrics/metric_sink.hpp"
#include "server/metrics/reading.hpp"

namespace dialogue::ops {

/// Calls `take` with all of them; they hold texts of this call.
void with_samples(const metrics::Reading& reading, const std::function<void(std::span<const metrics::MetricSample>)>& take);

}  // namespace dialogue::ops
