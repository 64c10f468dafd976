// See route_channel.hpp. Callbacks run without the lock.
#include "server/embed/routes/route_channel.hpp"

#include <utility>

namespace dialogue {

std::optional<RouteChannel::Step> RouteChannel::take(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  if (steps_.empty()) {
    wake_ = std::move(wake);
    return std::nullopt;
  }
  Step step = std::move(steps_.front());
  steps_.pop_front();
  return step;
}

void RouteChannel::push(Step step) {
  std::unique_lock lock(mutex_);
  const bool is_end = std::holds_alternative<End>(step);
  if (is_closed_ || (steps_.size() >= kStreamStepsMax && !is_end)) {
    lock.unlock();
    return fail(step);
  }
  steps_.push_back(std::move(step));
  const auto wake = std::exchange(wake_, nullptr);
  lock.unlock();
  if (wake) wake();
}

void RouteChannel::close() {
  std::unique_lock lock(mutex_);
  is_closed_ = true;
  const auto steps = std::exchange(steps_, {});
  wake_ = nullptr;
  lock.unlock();
  for (const Step& step : steps) fail(step);
}

void RouteChannel::fail(const Step& step) {
  if (const auto* read = std::get_if<Read>(&step)) read->done({{}, false});
  if (const auto* write = std::get_if<Write>(&step)) write->done(false);
}

}  // namespace dialogue
