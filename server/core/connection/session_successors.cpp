// See session_successors.hpp.
#include "server/core/connection/session_successors.hpp"

#include <utility>

namespace dialogue::core {

std::string SessionSuccessors::record(const std::string& secret, const std::string& next, std::uint64_t now_ms) {
  const auto [place, is_new] = sessions_.try_emplace(secret);
  Successor& successor = place->second;
  if (is_new) {
    due_.push(secret, now_ms);
    if (sessions_.size() > kSuccessorsMax) sessions_.erase(*due_.pop());
  }
  successor.used_ms = now_ms;
  if (successor.before == next) return {};  // it was there before the last one
  if (successor.last != next) successor.before = std::exchange(successor.last, next);
  return successor.before;
}

std::uint64_t SessionSuccessors::tick(std::uint64_t now_ms) {
  while (auto secret = due_.pop_due(now_ms)) {
    const auto place = sessions_.find(*secret);
    if (place->second.used_ms + kept_ms_ > now_ms)
      due_.push(std::move(*secret), now_ms);
    else
      sessions_.erase(place);
  }
  return due_.next_deadline();
}

}  // namespace dialogue::core
