// Completes readings: with what /proc says of the process, and with the estimate of users, which must never fall. One per
// server; safe from any thread.
#pragma once
#include <atomic>
#include <cstdint>

#include "server/metrics/reading.hpp"

namespace dialogue::ops {

class MetricReport {
 public:
  void complete(metrics::Reading& reading);

 private:
  std::atomic<std::uint64_t> users_seen_{0};
};

}  // namespace dialogue::ops
