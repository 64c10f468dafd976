// See poller.hpp; why it waits so: docs/decisions/229-coalescing-and-polling.md.
#include "server/loop/poller.hpp"

#include <thread>

namespace dialogue::loop {

Poller::Poller(bool has_store_writer, std::chrono::microseconds between) : writer_yield_(has_store_writer), policy_(between) {}

void Poller::wait(bool may_delay) {
  using Clock = PollPolicy::Clock;
  writer_yield_.wait();
  if (may_delay && policy_.gathers()) {
    const auto time = policy_.rest(Clock::now());
    if (time > time.zero()) std::this_thread::sleep_for(time);
  } else if (may_delay && policy_.awaits()) {
    bool has_found = false;
    for (const auto end = Clock::now() + PollPolicy::kLookout; !has_found && Clock::now() < end;) has_found = poll_one();
    policy_.looked_out(has_found);
    if (has_found) return;
  }
  io_.run_one();
}

void Poller::call_at(std::uint64_t at_ms, std::function<void()> handler) {
  if (has_finished_) return;
  timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::milliseconds(at_ms)));
  timer_.async_wait([this, handler = std::move(handler)](const net::error_code& error) {
    if (!error && !has_finished_) handler();
  });
}

// A timer that was already due is not cancelled; its handler would set the next one, and run() would never return.
void Poller::finish() {
  has_finished_ = true;
  sockets_.stop();
  timer_.cancel();
  work_.reset();
  io_.run();  // the aborted waits release their sockets
}

}  // namespace dialogue::loop
