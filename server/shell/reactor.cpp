// poll(), since standard input may be a file, which epoll refuses.
#include "server/shell/reactor.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>

#include "client-wasm/core/connection.hpp"
#include "server/load/wire/clock.hpp"
#include "shared/base/setup_error.hpp"

namespace dialogue::shell {
namespace {

constexpr std::size_t kEventsMax = 8;

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

int timeout_of(std::uint64_t until_ms, std::uint64_t now_ms) {
  if (until_ms == client::kNever) return -1;
  if (until_ms <= now_ms) return 0;
  return static_cast<int>(std::min<std::uint64_t>(until_ms - now_ms, std::numeric_limits<int>::max()));
}

}  // namespace

Reactor::Reactor(int output) : epoll_(::epoll_create1(EPOLL_CLOEXEC)), output_(output) {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = ending_signals();
  ::sigprocmask(SIG_BLOCK, &signals, &before_);
  signals_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (epoll_ < 0 || signals_ < 0) throw SetupError("", "the system has no descriptor left", "Raise the limit (ulimit -n).");
}

Reactor::~Reactor() {
  ::close(epoll_);
  ::close(signals_);
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool Reactor::wait(load::StreamClientContext& context, int descriptor, std::uint64_t until_ms) {
  context.now_us = load::clock_us();
  std::array<pollfd, 4> waiting = {pollfd{epoll_, POLLIN, 0}, pollfd{signals_, POLLIN, 0}, pollfd{descriptor, POLLIN, 0},
                                   pollfd{is_output_closed_ ? -1 : output_, 0, 0}};
  const int ready = ::poll(waiting.data(), waiting.size(), timeout_of(until_ms, context.now_us / 1000));
  context.now_us = load::clock_us();
  if (ready <= 0) return false;
  if (waiting[1].revents != 0) take_signal();
  if ((waiting[3].revents & (POLLERR | POLLHUP)) != 0)  // of a pipe; of a socket
    is_output_closed_ = true;
  if (waiting[0].revents != 0) {
    std::array<epoll_event, kEventsMax> events;
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      static_cast<load::StreamClient*>(event.data.ptr)->ready(event.events);
    }
  }
  return waiting[2].revents != 0;
}

void Reactor::take_signal() {
  signalfd_siginfo info{};
  if (::read(signals_, &info, sizeof info) != sizeof info) return;
  signal_ = static_cast<int>(info.ssi_signo);
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace dialogue::shell
