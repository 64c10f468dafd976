// How many bytes wait unsent for a connection: what its transport last reported, and what was queued since. Counted as frames are
// queued, so that a burst is noticed before the transport has seen it. A value, used by its shard only.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace dialogue::core {

/// The memory that a queued frame takes besides its text, in bytes.
inline constexpr std::size_t kQueuedFrameBytes = 64;

class Unsent {
 public:
  /// `turn`: see ShardEffects::turn(). Data queued in an earlier turn was offered to the transport, which has reported the
  /// rest.
  [[nodiscard]] std::size_t bytes(std::uint32_t turn) const { return turn == turn_ ? counted_ : reported_; }
  /// The rest that the transport has not accepted.
  [[nodiscard]] std::size_t left() const { return reported_; }
  void add(std::size_t bytes, std::uint32_t turn) {
    counted_ = static_cast<std::uint32_t>(std::min<std::size_t>(this->bytes(turn) + bytes, UINT32_MAX));
    turn_ = turn;
  }
  /// The bytes that wait, including everything that was queued before.
  void report(std::size_t bytes) { reported_ = counted_ = static_cast<std::uint32_t>(std::min<std::size_t>(bytes, UINT32_MAX)); }

 private:
  std::uint32_t turn_ = 0, reported_ = 0, counted_ = 0;
};

}  // namespace dialogue::core
