// Datagrams to NOTIFY_SOCKET. Each message is one datagram of lines NAME=VALUE. Messages that cannot be sent are dropped, as
// sd_notify(3) recommends: a service must not fail because its manager does not listen.
#include "server/app/process/service_manager.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <dialogue/setup_error.hpp>
#include <memory>
#include <string_view>

namespace dialogue::app {
namespace {

constexpr int kFirstDescriptor = 3;  // SD_LISTEN_FDS_START
constexpr std::uint64_t kUsPerMs = 1000;

/// 0 for any other text.
std::uint64_t number_in(const Environment& environment, const char* name) {
  const std::string text = environment(name).value_or("");
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc{} && end == text.data() + text.size() ? number : 0;
}

bool is_own_pid(std::uint64_t pid) { return pid == static_cast<std::uint64_t>(::getpid()); }

std::uint64_t watchdog_of(const Environment& environment) {
  const bool is_for_other = environment("WATCHDOG_PID").has_value() && !is_own_pid(number_in(environment, "WATCHDOG_PID"));
  return is_for_other ? 0 : number_in(environment, "WATCHDOG_USEC");
}

void send(const std::string& address, std::string_view state) {
  sockaddr_un to{};
  if (address.empty() || address.size() >= sizeof to.sun_path) return;
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address.data(), address.size());
  if (address.front() == '@') to.sun_path[0] = '\0';  // a name that is in no directory
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  static_cast<void>(::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size));
  ::close(descriptor);
}

std::string text_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& ip = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &ip.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ":" + std::to_string(ntohs(ip.sin_port));
  }
  const auto& ip = reinterpret_cast<const sockaddr_in6&>(address);
  ::inet_ntop(AF_INET6, &ip.sin6_addr, text.data(), text.size());
  return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(ip.sin6_port));
}

bool has_option(int descriptor, int option, int value) {
  int found = 0;
  socklen_t size = sizeof found;
  return ::getsockopt(descriptor, SOL_SOCKET, option, &found, &size) == 0 && found == value;
}

}  // namespace

ServiceManager::ServiceManager(const Environment& environment)
    : address_(environment("NOTIFY_SOCKET").value_or("")), watchdog_us_(watchdog_of(environment)) {}

ServiceManager::~ServiceManager() { unwatch(); }

void ServiceManager::ready() const { send(address_, "READY=1\nSTATUS=Serving"); }

void ServiceManager::reloading() const {
  using std::chrono::steady_clock, std::chrono::microseconds;
  const auto now = std::chrono::duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
  send(address_, "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now));
}

void ServiceManager::stopping(std::uint64_t at_most_ms) const {
  send(address_,
       "STOPPING=1\nSTATUS=Clients are asked to reconnect\nEXTEND_TIMEOUT_USEC=" + std::to_string(at_most_ms * kUsPerMs));
}

void ServiceManager::watch(std::function<void(std::function<void()>)> probe) {
  if (watchdog_us_ == 0 || watcher_.joinable()) return;
  watcher_ = std::thread([this, probe = std::move(probe)] { watch_loop(watchdog_us_ / 2, probe); });
}

void ServiceManager::watch_loop(std::uint64_t interval_us, const std::function<void(std::function<void()>)>& probe) {
  const auto is_asked = std::make_shared<std::atomic<bool>>(false);  // one question at a time; its answer may outlive this
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::microseconds(interval_us), [this] { return is_ending_; })) {
    if (is_asked->exchange(true)) continue;
    lock.unlock();
    probe([is_asked, address = address_] {
      send(address, "WATCHDOG=1");
      *is_asked = false;
    });
    lock.lock();
  }
}

void ServiceManager::unwatch() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  if (watcher_.joinable()) watcher_.join();
}

std::optional<InheritedSocket> inherited_socket(const Environment& environment) {
  if (!is_own_pid(number_in(environment, "LISTEN_PID"))) return std::nullopt;
  const std::uint64_t count = number_in(environment, "LISTEN_FDS");
  if (count == 0) return std::nullopt;
  if (count > 1)
    throw SetupError("LISTEN_FDS", "the service manager passes " + std::to_string(count) + " sockets, but only one can be used",
                     "Keep one ListenStream= in the socket unit.");
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const bool is_tcp = has_option(kFirstDescriptor, SO_TYPE, SOCK_STREAM) && has_option(kFirstDescriptor, SO_ACCEPTCONN, 1) &&
                      ::getsockname(kFirstDescriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                      (address.ss_family == AF_INET || address.ss_family == AF_INET6);
  if (!is_tcp)
    throw SetupError("LISTEN_FDS", "the socket that the service manager passes is not a TCP socket that listens",
                     "Write ListenStream=HOST:PORT and Accept=no in the socket unit.");
  ::fcntl(kFirstDescriptor, F_SETFD, FD_CLOEXEC);
  return InheritedSocket{kFirstDescriptor, text_of(address)};
}

}  // namespace dialogue::app
