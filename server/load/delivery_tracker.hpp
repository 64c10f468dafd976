// Whether one member received each publication of one publisher once and in order. Late ones are distinguished from repeated
// ones by the skipped numbers, which are few or none. A plain value; not thread-safe.
#pragma once
#include <cstdint>
#include <vector>

namespace dialogue::load {

class DeliveryTracker {
 public:
  enum class Verdict : std::uint8_t { in_order, ahead, late, twice };

  /// ahead: numbers before it have not come yet. late: it was one of those.
  Verdict take(std::uint64_t n);

  /// Returns how many of the publications 1 to `published` were not delivered.
  [[nodiscard]] std::uint64_t missing(std::uint64_t published) const;

 private:
  std::uint64_t next_ = 1;
  std::vector<std::uint64_t> passed_over_;  ///< numbers below next_ that have not come, ascending
};

}  // namespace dialogue::load
