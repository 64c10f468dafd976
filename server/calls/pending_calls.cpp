// See pending_calls.hpp. All calls have the same time, so the list is in the order of their deadlines.
#include "server/calls/pending_calls.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace dialogue::calls {

void PendingCalls::hand_over(const CallDone& done, core::CallResult&& result) const {
  try {
    done(std::move(result));
  } catch (const std::exception& fault) {
    if (threw_) threw_(fault.what());
  } catch (...) {
    if (threw_) threw_(nullptr);
  }
}

core::CallId PendingCalls::add(CallDone done, std::uint64_t now_ms) {
  std::unique_lock lock(mutex_);
  if (size_ == std::min<std::size_t>(calls_max_, kPlaces)) {
    lock.unlock();
    hand_over(done, core::Error{ErrorCode::rate_limited, {}, {}});
    return 0;
  }
  std::size_t at = places_.size();
  if (free_.empty()) {
    places_.emplace_back();
  } else {
    at = free_.back();
    free_.pop_back();
  }
  Place& place = places_[at];
  place.call = ++sequence_ * kPlaces + at;
  place.done = std::move(done);
  place.before = last_;
  place.behind = kNone;
  // Clocks of two threads may be read in one order and come here in the other.
  place.deadline_ms = now_ms + kCallTimeoutMs;
  if (last_ != kNone) place.deadline_ms = std::max(place.deadline_ms, places_[last_].deadline_ms);
  (last_ == kNone ? first_ : places_[last_].behind) = at;
  last_ = at;
  ++size_;
  return place.call;
}

CallDone PendingCalls::take(core::CallId call) {
  const std::size_t at = call % kPlaces;
  if (call == 0 || at >= places_.size() || places_[at].call != call) return {};
  Place& place = places_[at];
  (place.before == kNone ? first_ : places_[place.before].behind) = place.behind;
  (place.behind == kNone ? last_ : places_[place.behind].before) = place.before;
  place.call = 0;
  free_.push_back(at);
  --size_;
  return std::exchange(place.done, nullptr);
}

void PendingCalls::answer(core::CallId call, core::CallResult&& result) {
  CallDone done;
  {
    const std::lock_guard lock(mutex_);
    done = take(call);
  }
  if (done) hand_over(done, std::move(result));
}

void PendingCalls::expire(std::uint64_t now_ms) {
  for (;;) {
    CallDone done;
    {
      const std::lock_guard lock(mutex_);
      if (first_ == kNone || places_[first_].deadline_ms > now_ms) return;
      done = take(places_[first_].call);
    }
    hand_over(done, core::Error{ErrorCode::store_unavailable, {}, {}});
  }
}

void PendingCalls::drop_all() {
  std::vector<Place> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(places_);
    free_.clear();
    first_ = last_ = kNone;
    size_ = 0;
  }
  dropped.clear();  // without the lock: what goes may ask again
}

std::size_t PendingCalls::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

}  // namespace dialogue::calls
