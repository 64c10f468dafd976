// Everything of a loop that has a deadline, looked at every kSweepIntervalMs by the loop's one timer. Used by its loop's thread.
#pragma once
#include <cstdint>

#include "server/net/expirable.hpp"

namespace dialogue::loop {

class ExpiryList {
 public:
  void watch(net::Expirable& item) {
    if (!item.is_linked()) swept_.push_back(item);
  }
  /// Lets items act on deadlines that have passed, for a bounded time; the rest has the next call.
  void sweep(std::uint64_t now_ms);
  /// When sweep() has something to do at the earliest.
  [[nodiscard]] std::uint64_t next_sweep_ms() const { return next_sweep_ms_; }

  void drain();    ///< Expirable::drain() of each
  void abandon();  ///< Expirable::abandon() of each

 private:
  void gather_all() { swept_.splice(swept_.end(), to_sweep_); }

  net::ExpirableList swept_, to_sweep_;  ///< what was looked at in this round, and what is yet to be
  std::uint64_t next_sweep_ms_ = 0;
};

}  // namespace dialogue::loop
