// Subscription handle, returned by Instance::on(). Destroying it does not unsubscribe; call stop(). Safe from any thread, also
// after the instance was destroyed.
#pragma once
#include <functional>
#include <utility>

namespace dialogue {

class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::function<void()> stop) : stop_(std::move(stop)) {}

  /// Unsubscribes. Later publications do not call the handler; a call on another thread may still be running.
  void stop() {
    if (const auto stop = std::exchange(stop_, nullptr)) stop();
  }

 private:
  std::function<void()> stop_;
};

}  // namespace dialogue
