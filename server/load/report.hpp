// The results of a run. A plain value, and its two forms.
#pragma once
#include <cstdint>
#include <string>

#include "server/load/plan.hpp"

namespace dialogue::load {

struct Percentiles {
  std::uint64_t p50_us = 0, p99_us = 0, max_us = 0;
};

struct Report {
  // Joining.
  double connect_seconds = 0;
  Percentiles connect;  ///< from the first SYN to joined

  // The publications.
  double seconds = 0;  ///< from the first publication to the last delivery
  std::uint64_t published = 0, acknowledged = 0, refused = 0;
  std::uint64_t withheld = 0;  ///< not published at their time, as too many were unanswered
  std::uint64_t deliveries = 0;
  std::uint64_t lost = 0, doubled = 0, disordered = 0;
  std::uint64_t reconnects = 0;
  Percentiles latency;
  std::string first_refusal;

  // Of members that stopped reading.
  std::uint64_t stalled_deliveries = 0, stalled_lost = 0;

  // The server's process, where it was watched.
  bool is_watched = false;
  std::uint64_t connect_cpu_us = 0, cpu_us = 0;
  std::uint64_t memory_before_kib = 0, memory_joined_kib = 0, memory_after_kib = 0;

  /// Everything arrived, once and in order.
  [[nodiscard]] bool is_right() const { return lost + stalled_lost + doubled + disordered + refused == 0; }
};

/// A table for people.
[[nodiscard]] std::string text_of(const Report& report, const Plan& plan);
/// One JSON object, in one line.
[[nodiscard]] std::string json_of(const Report& report, const Plan& plan);

}  // namespace dialogue::load
