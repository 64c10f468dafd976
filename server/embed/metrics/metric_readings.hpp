// Readings of a server's metrics with what the process and the store add. Safe from any thread.
#pragma once
#include <functional>
#include <memory>

#include "server/host/server.hpp"
#include "server/metrics/reading.hpp"
#include "server/ops/metric_exporter.hpp"
#include "server/store/store.hpp"

namespace dialogue {

/// Completes a reading in place. The store may be null.
[[nodiscard]] std::function<void(metrics::Reading&)> metric_completion(std::shared_ptr<store::Store> store);

/// Completed readings of the server, which outlives the function.
[[nodiscard]] ops::MetricExporter::Read metric_readings(const host::Server& server, std::shared_ptr<store::Store> store);

}  // namespace dialogue
