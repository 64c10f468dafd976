// Which of a room's events a member wants: one bit per event, by its place in the room's own list. No heap up to 64 events.
// A value; no thread-safety of its own.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dialogue::core {

/// What a membership's subscription has been: to all events, to some all the time, or one that has changed.
enum class Selection : std::uint8_t { whole, part, changed };

class EventMask {
 public:
  EventMask() = default;
  EventMask(std::size_t event_count, bool all) { resize(event_count, all); }

  void set(std::size_t slot, bool wanted) {
    std::uint64_t& word = slot < kBits ? first_ : more_[slot / kBits - 1];
    const std::uint64_t bit = std::uint64_t{1} << (slot % kBits);
    word = wanted ? word | bit : word & ~bit;
  }
  [[nodiscard]] bool contains(std::size_t slot) const {
    const std::uint64_t word = slot < kBits ? first_ : more_[slot / kBits - 1];
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
    for (std::uint64_t& word : more_) word = first_;
  }

 private:
  static constexpr std::size_t kBits = 64;

  void resize(std::size_t event_count, bool all) {
    if (event_count > kBits) more_.resize((event_count - 1) / kBits);
    set_all(all);
  }

  std::uint64_t first_ = 0;
  std::vector<std::uint64_t> more_;
};

}  // namespace dialogue::core
