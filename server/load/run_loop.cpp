// The loop: wait, read received data, send due publications, write once for each connection.
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "server/load/run.hpp"
#include "server/load/wire/clock.hpp"
#include "shared/base/setup_error.hpp"

namespace dialogue::load {
namespace {

constexpr std::size_t kEventsMax = 256;
constexpr std::uint64_t kSweepUs = 250'000, kReconnectingSweepUs = 20'000;

}  // namespace

bool Run::turn_until(const Condition& is_done, std::uint64_t until_us) {
  while (!is_done()) {
    if (context_.now_us >= until_us) return false;
    turn(until_us);
  }
  return true;
}

void Run::turn(std::uint64_t until_us) {
  flush_all();  // what was published outside a turn
  const std::uint64_t sweep_us = context_.now_us < reconnecting_until_us_ ? kReconnectingSweepUs : kSweepUs;
  std::uint64_t wake_us = std::min(until_us, swept_us_ + sweep_us);
  if (is_publishing_ && plan_.mode == Mode::rate) wake_us = std::min(wake_us, next_due_us_);
  context_.now_us = clock_us();
  const std::uint64_t wait_us = wake_us > context_.now_us ? wake_us - context_.now_us : 0;
  const timespec timeout{static_cast<time_t>(wait_us / kSecondUs), static_cast<long>(wait_us % kSecondUs * 1000)};
  std::array<epoll_event, kEventsMax> events;
  const int count = epoll_pwait2(context_.epoll, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  for (int i = 0; i < count; ++i) {
    context_.now_us = clock_us();
    static_cast<StreamClient*>(events[static_cast<std::size_t>(i)].data.ptr)->ready(events[static_cast<std::size_t>(i)].events);
  }
  context_.now_us = clock_us();
  if (is_publishing_ && plan_.mode == Mode::rate) publish_what_is_due();
  flush_all();
  if (context_.now_us >= swept_us_ + sweep_us) sweep();
  if (!fatal_.empty() && !is_leaving_) throw SetupError(plan_.target.origin(), fatal_, "");
}

void Run::wants_flush(Member& member) {
  if (member.is_dirty) return;
  member.is_dirty = true;
  dirty_.push_back(&member);
}

void Run::flush_all() {
  for (std::size_t i = 0; i < dirty_.size(); ++i) {  // by index: flush() may add members, since it may find a connection gone
    dirty_[i]->is_dirty = false;
    dirty_[i]->flush();
  }
  dirty_.clear();
}

void Run::sweep() {
  swept_us_ = context_.now_us;
  for (const auto& member : members_)
    if (member->started_us != 0) member->tick();
  flush_all();
}

}  // namespace dialogue::load
