// Connections that were opened at the same time expire at the same time, and ending a thousand of them takes milliseconds.
// Those that do not fit into the time of one sweep are ended at the next timer.
#include "server/loop/expiry_list.hpp"

#include <chrono>

namespace dialogue::loop {
namespace {

constexpr auto kSweepTimeMax = std::chrono::microseconds(500);

}  // namespace

void ExpiryList::sweep(std::uint64_t now_ms) {
  if (now_ms < next_sweep_ms_) return;
  if (to_sweep_.empty()) to_sweep_.swap(swept_);
  const auto end = std::chrono::steady_clock::now() + kSweepTimeMax;
  while (!to_sweep_.empty() && std::chrono::steady_clock::now() < end) {
    net::Expirable& item = to_sweep_.front();
    to_sweep_.pop_front();
    swept_.push_back(item);
    if (!item.sweep(now_ms)) item.unlink();
  }
  if (to_sweep_.empty()) next_sweep_ms_ = now_ms + net::kSweepIntervalMs;
}

void ExpiryList::drain() {
  gather_all();
  for (auto it = swept_.begin(); it != swept_.end();) (it++)->drain();
}

void ExpiryList::abandon() {
  gather_all();
  for (auto it = swept_.begin(); it != swept_.end();) (it++)->abandon();
}

}  // namespace dialogue::loop
