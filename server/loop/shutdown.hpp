// The end of a loop: first it drains (the clients are asked to go, and it waits until the last socket is closed), then it stops.
// Used by its loop's thread; drained() is for any, once.
#pragma once
#include <cstddef>
#include <future>
#include <utility>

namespace dialogue::loop {

class Shutdown {
 public:
  [[nodiscard]] bool is_draining() const { return is_draining_; }
  [[nodiscard]] bool is_stopped() const { return is_stopped_; }
  /// Whether new sockets are closed immediately.
  [[nodiscard]] bool has_begun() const { return is_draining_ || is_stopped_; }

  void begin_drain() { is_draining_ = true; }
  void stop() { is_stopped_ = true; }
  /// At the end of each turn: the number of open sockets.
  void note_open(std::size_t sockets) {
    if (is_draining_ && sockets == 0 && !std::exchange(is_told_, true)) drained_.set_value();
  }
  /// Ready when the last socket is closed after begin_drain().
  [[nodiscard]] std::future<void> drained() { return drained_.get_future(); }

 private:
  std::promise<void> drained_;
  bool is_draining_ = false, is_told_ = false, is_stopped_ = false;
};

}  // namespace dialogue::loop
