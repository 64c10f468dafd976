// What a service manager hears: each message as one datagram, and the watchdog only while the server answers.
#include "server/app/process/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>

#include "tests/patience.hpp"
#include "tests/server/app/support/environment.hpp"

namespace dialogue::app {
namespace {

/// The manager's end, by a name that is in no directory.
class NotifySocket {
 public:
  NotifySocket() : descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name_.data(), name_.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name_.size());
    REQUIRE(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  ~NotifySocket() { ::close(descriptor_); }

  [[nodiscard]] std::string address() const { return "@" + name_; }
  /// The next datagram, which has come or will.
  [[nodiscard]] std::string take() const { return take(0); }
  /// Empty where there is none.
  [[nodiscard]] std::string take_if_any() const { return take(MSG_DONTWAIT); }

 private:
  [[nodiscard]] std::string take(int flags) const {
    std::array<char, 512> text;
    const ssize_t size = ::recv(descriptor_, text.data(), text.size(), flags);
    return size < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(size));
  }

  const std::string name_ = "dialogue-notify-" + std::to_string(::getpid());
  const int descriptor_;
};

/// A server that is asked whether it is well, and answers when the test wants.
class Probe {
 public:
  void ask(std::function<void()> is_well) {
    const std::lock_guard lock(mutex_);
    asked_ = std::move(is_well);
    changed_.notify_all();
  }
  std::function<void()> wait() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, testing::kPatience, [this] { return static_cast<bool>(asked_); }));
    return std::exchange(asked_, nullptr);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> asked_;
};

}  // namespace

TEST_CASE("states go to the service manager, one datagram each") {
  const NotifySocket socket;
  const ServiceManager manager(environment_of({{"NOTIFY_SOCKET", socket.address()}}));
  manager.ready();
  CHECK(socket.take() == "READY=1\nSTATUS=Serving");
  manager.reloading();
  CHECK(socket.take().rfind("RELOADING=1\nMONOTONIC_USEC=", 0) == 0);
  manager.stopping(9'500);
  CHECK(socket.take() == "STOPPING=1\nSTATUS=Clients are asked to reconnect\nEXTEND_TIMEOUT_USEC=9500000");
}

TEST_CASE("the watchdog is notified by a server that answers, and not by one that does not") {
  const NotifySocket socket;
  ServiceManager manager(environment_of({{"NOTIFY_SOCKET", socket.address()}, {"WATCHDOG_USEC", "2000"}}));
  Probe probe;
  manager.watch([&probe](std::function<void()> is_well) { probe.ask(std::move(is_well)); });
  probe.wait()();
  CHECK(socket.take() == "WATCHDOG=1");
  const auto unanswered = probe.wait();
  manager.unwatch();
  CHECK(socket.take_if_any().empty());
  unanswered();  // late, when nobody asks any more: it harms nothing
}

TEST_CASE("without a service manager, and with the watchdog of another process, nothing happens") {
  const NotifySocket socket;
  const std::string other = std::to_string(::getpid() + 1);
  ServiceManager none(environment_of({}));
  none.ready();
  none.watch([](const std::function<void()>&) { FAIL("nobody asked for that"); });
  ServiceManager foreign(environment_of({{"NOTIFY_SOCKET", socket.address()}, {"WATCHDOG_USEC", "1"}, {"WATCHDOG_PID", other}}));
  foreign.watch([](const std::function<void()>&) { FAIL("it is another's"); });
  ServiceManager lost(environment_of({{"NOTIFY_SOCKET", "/nowhere/to/be/found"}}));
  lost.ready();
  CHECK(socket.take_if_any().empty());
  CHECK_FALSE(inherited_socket(environment_of({{"LISTEN_FDS", "1"}})));
  CHECK_FALSE(inherited_socket(environment_of({{"LISTEN_FDS", "1"}, {"LISTEN_PID", other}})));
}

}  // namespace dialogue::app
