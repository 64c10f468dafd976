// From "listening" to a clean end: runs an instance until the process is asked to stop.
#pragma once
#include <functional>

namespace dialogue {
class Instance;
}

namespace dialogue::app {

/// What signals do, each on a thread of its own. None may be empty.
struct SignalActions {
  std::function<void()> reload;           ///< SIGHUP
  std::function<void()> write_recording;  ///< SIGUSR1
  std::function<void()> before_stop;      ///< SIGTERM and SIGINT, before the instance is stopped
  std::function<void()> listening;        ///< clients can connect; called by the caller's thread
};

/// Listens, and returns after SIGTERM or SIGINT, when every client was asked to leave. A second signal ends the process
/// immediately. Throws SetupError if the address cannot be used. Call from main's thread.
void serve_until_signal(Instance& instance, const SignalActions& actions);

}  // namespace dialogue::app
