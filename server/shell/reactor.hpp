// How a shell's client waits: for its connection, for a descriptor such as standard input, for a signal and for a time, in one
// thread. SIGINT and SIGTERM become a flag as long as it lives, and SIGPIPE an error of write().
#pragma once
#include <csignal>
#include <cstdint>
#include <span>

#include "server/load/wire/stream_client.hpp"

namespace dialogue::shell {

class Reactor {
 public:
  /// `output`: also detects when the reader of this descriptor has closed; -1: none. Throws SetupError if the system has no
  /// descriptor left.
  explicit Reactor(int output);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  [[nodiscard]] int epoll() const { return epoll_; }
  /// Waits until `until_ms` of the monotonic clock (kNever: indefinitely), runs the connections, and returns whether
  /// `descriptor` is readable; -1: none. `context` gets the time.
  bool wait(load::StreamClientContext& context, int descriptor, std::uint64_t until_ms);
  /// The signal that came; 0: none. A second one ends the process as it would have without this.
  [[nodiscard]] int signal() const { return signal_; }
  /// The reader of the output has closed.
  [[nodiscard]] bool is_output_closed() const { return is_output_closed_; }

 private:
  void take_signal();

  int epoll_ = -1, signals_ = -1, signal_ = 0;
  const int output_;
  bool is_output_closed_ = false;
  sigset_t before_{};
};

}  // namespace dialogue::shell
