// Which of a room's events a member wants: one bit per event, by its place in the room's own list. No heap up to 64 events, and
// two words in size, since each member of each room has one. A value; no thread-safety of its own.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace dialogue::core {

/// What a membership's subscription has been: to all events, to some all the time, or one that has changed.
enum class Selection : std::uint8_t { whole, part, changed };

class EventMask {
 public:
  EventMask() = default;
  EventMask(std::size_t event_count, bool all) {
    if (event_count > kBits) more_ = std::make_unique<Words>((event_count - 1) / kBits);
    set_all(all);
  }
  EventMask(const EventMask& other)
      : first_(other.first_), more_(other.more_ ? std::make_unique<Words>(*other.more_) : nullptr) {}
  EventMask(EventMask&&) = default;
  EventMask& operator=(const EventMask& other) { return *this = EventMask(other); }
  EventMask& operator=(EventMask&&) = default;
  ~EventMask() = default;

  void set(std::size_t slot, bool wanted) {
    std::uint64_t& word = slot < kBits ? first_ : (*more_)[slot / kBits - 1];
    const std::uint64_t bit = std::uint64_t{1} << (slot % kBits);
    word = wanted ? word | bit : word & ~bit;
  }
  [[nodiscard]] bool contains(std::size_t slot) const {
    const std::uint64_t word = slot < kBits ? first_ : (*more_)[slot / kBits - 1];
    return ((word >> (slot % kBits)) & 1) != 0;
  }
  /// Whether the first `count` slots are all wanted.
  [[nodiscard]] bool contains_all(std::size_t count) const {
    for (std::size_t slot = 0; slot < count; ++slot)
      if (!contains(slot)) return false;
    return true;
  }
  void set_all(bool wanted) {
    first_ = wanted ? ~std::uint64_t{0} : 0;
    if (more_) std::fill(more_->begin(), more_->end(), first_);
  }

 private:
  static constexpr std::size_t kBits = 64;
  using Words = std::vector<std::uint64_t>;

  std::uint64_t first_ = 0;
  std::unique_ptr<Words> more_;  ///< of the events behind the first kBits; null: there are none
};

}  // namespace dialogue::core
