// A socket that is taken out while others of the same wake-up are served is not heard of again: its place is empty, and nobody
// else can have its number before the next wake-up.
#include "server/loop/socket_set.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <utility>

namespace dialogue::loop {
namespace {

constexpr std::size_t kReadyMax = 256;  ///< of one wake-up; then others of the loop have their turn

// While one is served, the next come into the cache, as a thousand of them never are: first who it is, then what he looks at.
constexpr int kFetchedAhead = 4, kExpectedAhead = 2;

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

SocketSet::SocketSet(const net::Executor& executor, WriterYield& writer_yield)
    : set_(executor, open_set()), writer_yield_(writer_yield) {}

void SocketSet::stop() {
  net::error_code ignored;
  set_.close(ignored);
}

bool SocketSet::add(int descriptor, std::shared_ptr<SocketListener> listener) {
  if (!set_.is_open()) return false;
  const auto place = static_cast<std::size_t>(descriptor);
  listeners_.resize(std::max(listeners_.size(), place + 1));
  if (!listeners_[place] && !change(set_.native_handle(), EPOLL_CTL_ADD, descriptor, EPOLLIN)) return false;
  listeners_[place] = std::move(listener);
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

void SocketSet::serve() {
  ++rounds_;
  std::array<epoll_event, kReadyMax> ready;
  const int count = ::epoll_wait(set_.native_handle(), ready.data(), static_cast<int>(ready.size()), 0);
  const auto listener_of = [&](int i) {
    return i < count ? listeners_[static_cast<std::size_t>(ready[static_cast<std::size_t>(i)].data.fd)].get() : nullptr;
  };
  for (int i = 0; i < count; ++i) {
    if (const SocketListener* later = listener_of(i + kFetchedAhead)) __builtin_prefetch(later);
    if (const SocketListener* next = listener_of(i + kExpectedAhead)) next->expect();
    const epoll_event& event = ready[static_cast<std::size_t>(i)];
    const auto listener = listeners_[static_cast<std::size_t>(event.data.fd)];  // lives until it has heard this
    if (listener) listener->on_ready((event.events & ~EPOLLOUT) != 0, (event.events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0);
    writer_yield_.offer();
  }
}

}  // namespace dialogue::loop
