#include "server/load/delivery_tracker.hpp"

#include <algorithm>

namespace dialogue::load {

DeliveryTracker::Verdict DeliveryTracker::take(std::uint64_t n) {
  if (n == next_) {
    ++next_;
    return Verdict::in_order;
  }
  if (n > next_) {
    for (; next_ < n; ++next_) passed_over_.push_back(next_);
    ++next_;
    return Verdict::ahead;
  }
  const auto found = std::lower_bound(passed_over_.begin(), passed_over_.end(), n);
  if (found == passed_over_.end() || *found != n) return Verdict::twice;
  passed_over_.erase(found);
  return Verdict::late;
}

std::uint64_t DeliveryTracker::missing(std::uint64_t published) const {
  return passed_over_.size() + (published + 1 > next_ ? published + 1 - next_ : 0);
}

}  // namespace dialogue::load
