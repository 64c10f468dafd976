// See nats_bus.hpp.
#include "server/store/nats/nats_bus.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace dialogue::store {

NatsBus::NatsBus(Settings settings) : settings_(std::move(settings)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  state_.address = settings_.address.shown;
}

void NatsBus::start(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  if (thread_.joinable() || is_stopping_) return;
  thread_ = std::thread([this, subject] { run(subject); });
}

void NatsBus::publish(std::string payload) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kWaitingMax)
      waiting_ = {settings_.everything};
    else
      waiting_.push_back(std::move(payload));
  }
  wake();
}

void NatsBus::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof(one));
}

void NatsBus::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_stopping_, true)) return;
  }
  wake();
  if (thread_.joinable()) thread_.join();
  ::close(wake_);
}

BusState NatsBus::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void NatsBus::run(const std::string& subject) {
  Link link([this, &subject] { return std::make_unique<NatsConnection>(settings_.address, subject); });
  for (;;) {
    try {
      step(link);
    } catch (const NatsError& error) { lost(error); }
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_ && (waiting_.empty() || !state_.is_connected)) return;
    }
    wait(link);
  }
}

void NatsBus::step(Link& link) {
  std::uint64_t wakes = 0;
  [[maybe_unused]] const ssize_t taken = ::read(wake_, &wakes, sizeof(wakes));  // before what it announces is looked for
  NatsConnection& now = link.connection();
  if (std::exchange(known_made_, link.made()) != link.made()) {
    {
      const std::lock_guard lock(mutex_);
      state_.is_connected = true;
      state_.fault.clear();
      waiting_.clear();  // what follows stands for it; what is published from here on is sent behind
    }
    now.publish(settings_.everything);
    settings_.heard({settings_.everything});
    if (std::exchange(is_warned_, false) && settings_.note) settings_.note("NATS is connected again");
  }
  std::vector<std::string> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (const std::string& each : waiting) now.publish(each);
  {
    const std::lock_guard lock(mutex_);
    state_.sent += waiting.size();
  }
  const std::vector<std::string> messages = now.take_messages();
  if (messages.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    state_.received += messages.size();
  }
  settings_.heard(messages);
}

void NatsBus::lost(const NatsError& error) {
  {
    const std::lock_guard lock(mutex_);
    state_.is_connected = false;
    state_.fault = error.what();
  }
  if (!std::exchange(is_warned_, true) && settings_.warn)
    settings_.warn("the bus " + settings_.address.shown + " is not connected, so what other servers write is found within a " +
                   "second; reconnecting: " + error.what());
}

void NatsBus::wait(Link& link) {
  using std::chrono::milliseconds;
  const auto left = [](NatsConnection::Clock::time_point due) {
    return std::max(milliseconds(1), std::chrono::ceil<milliseconds>(due - NatsConnection::Clock::now()));
  };
  if (state().is_connected) {
    try {
      return link.connection().wait(wake_, left(link.connection().due()));
    } catch (const NatsError& error) { return lost(error); }
  }
  // What is published meanwhile waits, or is lost, without a wake-up.
  const auto pause = std::max(left(link.due()), kReconnectPauseMin);
  pollfd each{wake_, POLLIN, 0};
  const auto due = NatsConnection::Clock::now() + pause;
  for (auto rest = pause; rest.count() > 1; rest = left(due)) {
    if (::poll(&each, 1, static_cast<int>(rest.count())) <= 0) return;
    std::uint64_t wakes = 0;
    [[maybe_unused]] const ssize_t taken = ::read(wake_, &wakes, sizeof(wakes));
    const std::lock_guard lock(mutex_);
    waiting_.clear();
    if (is_stopping_) return;
  }
}

}  // namespace dialogue::store
