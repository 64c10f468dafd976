// Metrics to StatsD over UDP, with DogStatsD's tags: gauges as they are, counters by how much they have grown. Histograms go as
// counters of their buckets (tag `le`), sum and count, which the receiver can add up over servers. Used by one thread.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "server/metrics/metric_sink.hpp"

namespace dialogue::ops {

class StatsdSink : public metrics::MetricSink {
 public:
  /// The size of a datagram that fits into a packet of Ethernet, with room for tunnels' headers.
  static constexpr std::size_t kDatagramBytesMax = 1432;

  /// `host`: an IPv4 or IPv6 address. Throws std::runtime_error for any other text.
  StatsdSink(const std::string& host, std::uint16_t port);
  ~StatsdSink() override;
  StatsdSink(const StatsdSink&) = delete;
  StatsdSink& operator=(const StatsdSink&) = delete;

  /// Sends samples. Those that cannot be sent are lost, as any UDP datagram may be.
  void take(std::span<const metrics::MetricSample> samples) override;

  /// The lines of one interval, joined into datagrams; counters that have not moved are left out.
  [[nodiscard]] std::vector<std::string> datagrams(std::span<const metrics::MetricSample> samples);

 private:
  int descriptor_ = -1;
  std::map<std::string, double> counted_;  ///< by series: what was sent of it; as many as there are series
};

}  // namespace dialogue::ops
