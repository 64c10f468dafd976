// What a loop reports of its connections for metrics: written by the loop once a second, read from any thread.
#pragma once
#include <atomic>
#include <cstddef>

#include "server/core/messages/state_counts.hpp"

namespace dialogue::loop {

/// Of one loop, or of all together. At most a second old.
struct ServerCounts {
  std::size_t sockets = 0;  ///< of any kind
  core::StateCounts connections;
  /// Sockets that are no connections (yet): their request's head is awaited, or they are being answered.
  [[nodiscard]] std::size_t http() const {
    const std::size_t others = connections.awaiting_hello + connections.identifying + connections.ready + connections.closing;
    return sockets > others ? sockets - others : 0;
  }
};

class LoopCounts {
 public:
  void set(const core::StateCounts& counts) {
    awaiting_hello_.store(counts.awaiting_hello, std::memory_order_relaxed);
    identifying_.store(counts.identifying, std::memory_order_relaxed);
    ready_.store(counts.ready, std::memory_order_relaxed);
    closing_.store(counts.closing, std::memory_order_relaxed);
  }
  void add_to(core::StateCounts& sum) const {
    sum.awaiting_hello += awaiting_hello_.load(std::memory_order_relaxed);
    sum.identifying += identifying_.load(std::memory_order_relaxed);
    sum.ready += ready_.load(std::memory_order_relaxed);
    sum.closing += closing_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::size_t> awaiting_hello_{0}, identifying_{0}, ready_{0}, closing_{0};
};

}  // namespace dialogue::loop
