// A socket that is removed while others of the same wake-up are served is not notified again: its place is empty, and its
// number cannot be reused before the next wake-up.
#include "server/loop/socket_set.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <chrono>
#include <span>
#include <utility>

namespace dialogue::loop {
namespace {

constexpr std::size_t kReadyMax = 256;  ///< of one wake-up; then others of the loop have their turn

// While one is served, the next ones are prefetched, because a thousand of them never fit the cache: first the object, then its
// data.
constexpr std::size_t kFetchedAhead = 4, kExpectedAhead = 2;

int open_set() {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw boost::system::system_error(errno, boost::system::system_category(), "epoll_create1");
  return set;
}

bool change(int set, int operation, int descriptor, std::uint32_t interest) {
  epoll_event event{};
  event.events = interest;
  event.data.fd = descriptor;
  return ::epoll_ctl(set, operation, descriptor, &event) == 0;
}

}  // namespace

SocketSet::SocketSet(const net::Executor& executor, WriterYield& writer_yield, Now now)
    : set_(executor, open_set()), writer_yield_(writer_yield), now_(now) {}

void SocketSet::stop() {
  net::error_code ignored;
  set_.close(ignored);
}

bool SocketSet::add(int descriptor, std::shared_ptr<SocketListener> listener, Trigger trigger) {
  if (!set_.is_open()) return false;
  const auto place = static_cast<std::size_t>(descriptor);
  listeners_.resize(std::max(listeners_.size(), place + 1));
  const std::uint32_t interest = trigger == Trigger::state ? EPOLLIN : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  if (!listeners_[place] && !change(set_.native_handle(), EPOLL_CTL_ADD, descriptor, interest)) return false;
  listeners_[place] = std::move(listener);
  costs_.begin(descriptor, trigger == Trigger::state);
  return true;
}

void SocketSet::ask_writable(int descriptor, bool wants) {
  change(set_.native_handle(), EPOLL_CTL_MOD, descriptor, wants ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

std::shared_ptr<SocketListener> SocketSet::remove(int descriptor) {
  const auto place = static_cast<std::size_t>(descriptor);
  if (place >= listeners_.size() || !listeners_[place]) return nullptr;
  change(set_.native_handle(), EPOLL_CTL_DEL, descriptor, 0);
  return std::exchange(listeners_[place], nullptr);
}

void SocketSet::wait() {
  set_.async_wait(boost::asio::posix::descriptor_base::wait_read, [this](const net::error_code& error) {
    if (error) return;
    serve();
    wait();
  });
}

struct SocketSet::Round {
  std::array<epoll_event, kReadyMax> ready;
  std::size_t count = 0;
  std::chrono::steady_clock::time_point now;

  [[nodiscard]] int descriptor(std::size_t index) const { return ready[index].data.fd; }
};

void SocketSet::serve() {
  ++rounds_;
  Round round;
  round.now = now_();
  round.count = static_cast<std::size_t>(
      std::max(0, ::epoll_wait(set_.native_handle(), round.ready.data(), static_cast<int>(round.ready.size()), 0)));
  const auto listener_of = [&](std::size_t i) {
    return i < round.count ? listeners_[static_cast<std::size_t>(round.descriptor(i))].get() : nullptr;
  };
  std::array<std::size_t, kReadyMax> costly;
  std::size_t costly_count = 0;
  for (std::size_t i = 0; i < round.count; ++i) {
    if (const SocketListener* later = listener_of(i + kFetchedAhead)) __builtin_prefetch(later);
    if (const SocketListener* next = listener_of(i + kExpectedAhead)) next->expect();
    if (costs_.is_costly(round.descriptor(i)))
      costly[costly_count++] = i;
    else
      serve(round, i);
  }
  const std::span<std::size_t> waiting(costly.data(), costly_count);
  costs_.sort(waiting, [&](std::size_t i) { return round.descriptor(i); });
  const auto end = round.now + SocketCosts::kCostlyPerRound;
  for (const std::size_t i : waiting) {
    if (round.now >= end) break;
    serve(round, i);
  }
}

void SocketSet::serve(Round& round, std::size_t index) {
  const epoll_event& event = round.ready[index];
  const auto listener = listeners_[static_cast<std::size_t>(event.data.fd)];  // lives until it was notified
  if (!listener) return;
  read_bytes_ = 0;
  listener->on_ready((event.events & ~EPOLLOUT) != 0, (event.events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0);
  const auto before = std::exchange(round.now, now_());
  costs_.served(event.data.fd, round.now - before, read_bytes_, rounds_);
  writer_yield_.offer();
}

}  // namespace dialogue::loop
