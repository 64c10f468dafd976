// The CPU time of serving each socket, beyond the cost of its client's bytes. A costly socket, such as one whose client
// requests long lists repeatedly, is served in a part of the round that all costly ones share, so that it does not delay the
// others. A socket that sends much is not costly: its messages are in the same batch as all others. Sans-io; not thread-safe.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dialogue::loop {

class SocketCosts {
 public:
  using Duration = std::chrono::nanoseconds;
  /// The time from which on a socket is costly; most messages take a twentieth of it.
  static constexpr Duration kCostly = std::chrono::microseconds(200);
  /// The time that a read byte explains: a small message of 60 bytes takes less than half of this.
  static constexpr Duration kExplainedPerByte = std::chrono::nanoseconds(200);
  /// The time of one round for all costly sockets together; the last one may exceed it.
  static constexpr Duration kCostlyPerRound = std::chrono::microseconds(500);

  /// A socket of this descriptor begins. `may_wait`: its events that are not served now come again.
  void begin(int descriptor, bool may_wait) {
    const auto place = static_cast<std::size_t>(descriptor);
    costs_.resize(std::max(costs_.size(), place + 1));
    costs_[place] = {.may_wait = may_wait};
  }
  [[nodiscard]] bool is_costly(int descriptor) const { return cost(descriptor).average > kCostly && cost(descriptor).may_wait; }
  /// Reports the time of serving it in this round, and the bytes read: half of the average is this time, half all before it.
  void served(int descriptor, Duration took, std::size_t bytes, std::uint64_t round) {
    Cost& of = costs_[static_cast<std::size_t>(descriptor)];
    const Duration explained = kExplainedPerByte * static_cast<Duration::rep>(bytes);
    of.average = (of.average + std::max(took - explained, Duration::zero())) / 2;
    of.round = round;
  }
  /// Sorts sockets so that the one that was not served for the longest comes first.
  void sort(std::span<std::size_t> indices, auto&& descriptor_of) const {
    std::stable_sort(indices.begin(), indices.end(), [&](std::size_t left, std::size_t right) {
      return cost(descriptor_of(left)).round < cost(descriptor_of(right)).round;
    });
  }

 private:
  struct Cost {
    Duration average{};
    std::uint64_t round = 0;  ///< the last one in which it was served
    bool may_wait = false;
  };
  [[nodiscard]] const Cost& cost(int descriptor) const { return costs_[static_cast<std::size_t>(descriptor)]; }

  std::vector<Cost> costs_;  ///< by descriptor
};

}  // namespace dialogue::loop
