// The rooms of a shard with the most publications, in windows of a few seconds. Of more rooms than there are places, the one with
// the fewest gives way, and its count is taken over: a room may seem busier than it is, and no busy one is missed.
// Source: the Space-Saving algorithm, Metwally, Agrawal and El Abbadi, ICDT 2005. Used by its shard only.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "server/core/util/time.hpp"

namespace dialogue::core {

inline constexpr std::size_t kRatedRoomsMax = 128;
inline constexpr std::uint64_t kRateWindowMs = 5000;

class RoomRates {
 public:
  struct Count {
    std::uint64_t room = 0, events = 0;
  };

  /// Counts an accepted publication. On a busy shard only one in eight is looked at, and counts as eight.
  void count(std::uint64_t room, std::uint64_t now_ms) {
    advance(now_ms);
    ++published_;
    const bool is_busy = published_ > kCountedEach;
    if (is_busy && published_ * kScatter >> kSampledShift != 0) return;
    const std::uint64_t weight = is_busy ? kSampledWeight : 1;
    const auto found = std::find_if(counting_.begin(), counting_.end(), [room](const Count& each) { return each.room == room; });
    if (found != counting_.end()) return add_to(found, weight);
    if (counting_.size() < kRatedRoomsMax) {
      counting_.push_back({room, weight});
    } else {
      counting_.back() = {room, counting_.back().events + weight};  // the last has the fewest
    }
    raise(counting_.end() - 1);
  }

  /// Returns the publications of each room per second in the previous window, the busiest room first.
  [[nodiscard]] std::vector<std::pair<std::uint64_t, double>> per_second(std::uint64_t now_ms) {
    advance(now_ms);
    std::vector<std::pair<std::uint64_t, double>> all;
    for (const Count& each : counted_)
      all.emplace_back(each.room, static_cast<double>(each.events * kMsPerSecond) / static_cast<double>(kRateWindowMs));
    return all;
  }

 private:
  using Place = std::vector<Count>::iterator;

  void advance(std::uint64_t now_ms) {
    const std::uint64_t window = now_ms / kRateWindowMs;
    if (window == window_) return;
    counted_.clear();
    if (window == window_ + 1) counted_.swap(counting_);
    counting_.clear();
    published_ = 0;
    window_ = window;
  }
  void add_to(Place place, std::uint64_t weight) {
    place->events += weight;
    raise(place);
  }
  /// Keeps the order, most first.
  void raise(Place place) {
    for (; place != counting_.begin() && (place - 1)->events < place->events; --place) std::iter_swap(place, place - 1);
  }

  // Not each eighth in a row: rooms may take turns. Knuth's multiplicative hash, its upper three bits.
  static constexpr std::uint64_t kCountedEach = 1024, kSampledWeight = 8, kScatter = 0x9E3779B97F4A7C15U;
  static constexpr int kSampledShift = 61;

  std::uint64_t window_ = 0, published_ = 0;  ///< published_: in this window
  std::vector<Count> counting_, counted_;
};

}  // namespace dialogue::core
