// The time at which each client of a drain may reconnect. The clients of a server share one interval, which begins after a
// pause for its restart. Each shard divides the interval among its own clients, evenly and shifted against the other shards, so
// that all of them together arrive at a constant rate. Clients whose publications were not answered when the drain began have
// the first slots. A value, used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>

#include "server/core/messages/input.hpp"
#include "server/core/util/seeded_random.hpp"

namespace dialogue::core {

class ReconnectSlots {
 public:
  ReconnectSlots() = default;
  /// Makes slots for the `count` clients of shard `shard` of `shards`; `unsettled` of them have the first slots. `now_ms`: when
  /// the drain begins, monotonic.
  ReconnectSlots(const DrainStarted& drain, std::uint32_t shard, std::uint32_t shards, std::size_t count, std::size_t unsettled,
                 std::uint64_t now_ms)
      : begin_us_((now_ms + drain.pause_ms) * kUsPerMs),
        width_us_(count == 0 ? drain.spread_ms * kUsPerMs : drain.spread_ms * kUsPerMs / count),
        offset_us_(width_us_ * (2 * shard + 1) / (2 * shards)),
        settled_(unsettled) {}

  /// Assigns the next slot to a client. Returns in how many ms it begins.
  [[nodiscard]] std::uint64_t take(bool is_unsettled, std::uint64_t now_ms, SeededRandom& random) {
    const std::size_t slot = is_unsettled ? unsettled_++ : settled_++;
    const std::uint64_t jitter_us = width_us_ / kJitterParts;
    const std::uint64_t at_us = begin_us_ + slot * width_us_ + offset_us_ + random.below(2 * jitter_us + 1);
    const std::uint64_t since_us = now_ms * kUsPerMs + jitter_us;
    return at_us > since_us ? (at_us - since_us) / kUsPerMs : 0;
  }

 private:
  static constexpr std::uint64_t kUsPerMs = 1000, kJitterParts = 10;  ///< ±10 % of a slot

  std::uint64_t begin_us_ = 0, width_us_ = 0, offset_us_ = 0;
  std::size_t unsettled_ = 0, settled_ = 0;  ///< the next slot of each kind
};

}  // namespace dialogue::core
