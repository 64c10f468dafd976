// Where metrics go besides /metrics: a class of yours, in Config::metric_sinks. examples/operations/metric_sink.cpp is one.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/metrics/label_domains.hpp"

namespace dialogue::metrics {

/// One series, as /metrics writes it: a histogram is those of its buckets (with the label `le`), `_sum` and `_count`.
struct MetricSample {
  std::string name;
  std::vector<Label> labels;  ///< good during take() only
  double value = 0;
  bool is_counter = false;  ///< it only grows while the process lives
};

class MetricSink {
 public:
  virtual ~MetricSink() = default;
  /// All series, each interval, on the exporter's own thread, one call at a time. It may block: then the next comes later. What
  /// it throws is logged.
  virtual void take(std::span<const MetricSample> samples) = 0;
};

}  // namespace dialogue::metrics
