// From the start to a clean end: what signals do to a program that serves, and how it ends.
#pragma once
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>

namespace dialogue {
class Instance;
}

namespace dialogue::app {

/// Keeps signals from ending a program that begins to serve: SIGHUP and SIGUSR1 wait for a ServeSignals, SIGPIPE and SIGXFSZ are
/// answers of writes. For the time between two of those, too.
class CalmSignals {
 public:
  CalmSignals();

 private:
  boost::asio::io_context idle_;  ///< never run: the sets that are waited for answer
  boost::asio::signal_set kept_;
};

/// What signals do, each on a thread of its own. None may be empty.
struct SignalActions {
  std::function<void()> reload;           ///< SIGHUP; one that came before is one after `listening`
  std::function<void()> write_recording;  ///< SIGUSR1
  std::function<void()> before_stop;      ///< once, before the instance is stopped
  std::function<void()> listening;        ///< clients can connect; called by the caller's thread
};

class ServeSignals {
 public:
  ServeSignals();

  /// Asks for an orderly end, as SIGTERM does. Any thread, any number of times, before run() and after it, too.
  void stop();
  /// Whether SIGTERM or SIGINT asked for the end. After run().
  [[nodiscard]] bool was_signalled() const { return was_signalled_; }
  /// Listens, and returns when every client was asked to leave: after SIGTERM, SIGINT or stop(). A second signal ends the
  /// process immediately. Throws SetupError if the address cannot be used. Once, on main's thread.
  void run(Instance& instance, const SignalActions& actions);

 private:
  boost::asio::io_context context_;
  boost::asio::signal_set hang_ups_, writes_;
  std::function<void()> begin_stop_;  ///< on the context's thread
  std::atomic<bool> was_signalled_ = false;
};

}  // namespace dialogue::app
