// The interface between a service manager such as systemd and this process: readiness, reloads and the watchdog are sent by
// sd_notify(3), and a listening socket is passed by sd_listen_fds(3). Without a service manager all of it does nothing.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/app/settings/settings_sources.hpp"

namespace dialogue::app {

class ServiceManager {
 public:
  explicit ServiceManager(const Environment& environment);
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager();

  void ready() const;
  /// Followed by ready(), whatever came of it.
  void reloading() const;
  void stopping(std::uint64_t at_most_ms) const;
  /// From here on `probe` is called twice in the watchdog's interval, and the watchdog notified when it calls the function that
  /// it is given. It may keep that function, and call it on any thread. Once.
  void watch(std::function<void(std::function<void()> is_well)> probe);
  /// Ends that: `probe` is not called any more.
  void unwatch();

 private:
  void watch_loop(std::uint64_t interval_us, const std::function<void(std::function<void()>)>& probe);

  const std::string address_;        ///< of the manager's socket; empty: there is none
  const std::uint64_t watchdog_us_;  ///< 0: there is none
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_ending_ = false;
  std::thread watcher_;
};

struct InheritedSocket {
  int descriptor;
  std::string address;  ///< "127.0.0.1:8080", "[::1]:8080"
};

/// Returns the listening socket that a service manager has opened for this process, or nothing if it has opened none. Throws
/// SetupError if it has opened several, or if the socket is not a listening TCP socket.
[[nodiscard]] std::optional<InheritedSocket> inherited_socket(const Environment& environment);

}  // namespace dialogue::app
