// What Instance::on returns: the way to stop hearing events. Letting go of it does not stop anything.
// Safe from any thread, and after the instance is gone.
#pragma once
#include <functional>
#include <utility>

namespace dialogue {

class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::function<void()> stop) : stop_(std::move(stop)) {}

  /// The handler hears nothing that is published after this returned. A call on another thread may still be under way.
  void stop() {
    if (const auto stop = std::exchange(stop_, nullptr)) stop();
  }

 private:
  std::function<void()> stop_;
};

}  // namespace dialogue
