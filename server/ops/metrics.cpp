// The names follow https://prometheus.io/docs/practices/naming.
#include "server/ops/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <utility>
#include <vector>

namespace dialogue::ops {
namespace {

prometheus::ClientMetric gauge(std::vector<prometheus::ClientMetric::Label> labels, double value) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  return metric;
}

}  // namespace

std::string metrics_text(const loop::ServerCounts& counts) {
  prometheus::MetricFamily connections{
      "dialogue_connections", "Connections by the state of their life.", prometheus::MetricType::Gauge, {}};
  const core::StateCounts& states = counts.connections;
  for (const auto& [state, count] : {std::pair{"http", counts.http()},
                                     {"awaiting_hello", states.awaiting_hello},
                                     {"identifying", states.identifying},
                                     {"ready", states.ready},
                                     {"closing", states.closing}})
    connections.metric.push_back(gauge({{"state", state}}, static_cast<double>(count)));
  const prometheus::MetricFamily build{"dialogue_build_info",
                                       "The version that runs.",
                                       prometheus::MetricType::Gauge,
                                       {gauge({{"version", DIALOGUE_VERSION}}, 1)}};
  return prometheus::TextSerializer().Serialize({connections, build});
}

}  // namespace dialogue::ops
