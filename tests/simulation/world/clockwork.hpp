// Simulated time, in microseconds, and what is to happen when. What is due at the same time happens in the order in which it was
// asked for. Used by one thread.
#pragma once
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace dialogue::simulation {

inline constexpr std::uint64_t kMs = 1000;  ///< in microseconds
inline constexpr std::uint64_t kSecond = 1000 * kMs;

class Clockwork {
 public:
  [[nodiscard]] std::uint64_t now_us() const { return now_us_; }
  [[nodiscard]] std::uint64_t now_ms() const { return now_us_ / kMs; }
  /// How much has happened.
  [[nodiscard]] std::uint64_t events() const { return events_; }

  void at(std::uint64_t us, std::function<void()> what) { queue_.push({us < now_us_ ? now_us_ : us, ++asked_, std::move(what)}); }
  void after(std::uint64_t us, std::function<void()> what) { at(now_us_ + us, std::move(what)); }

  /// Lets everything happen that is due before `us`.
  void run_until(std::uint64_t us) {
    while (!queue_.empty() && queue_.top().at <= us) {
      Event event = std::move(const_cast<Event&>(queue_.top()));  // what orders it stays
      queue_.pop();
      now_us_ = event.at;
      ++events_;
      event.what();
    }
    now_us_ = us;
  }

 private:
  struct Event {
    std::uint64_t at, order;
    std::function<void()> what;
    friend bool operator<(const Event& a, const Event& b) { return std::pair(b.at, b.order) < std::pair(a.at, a.order); }
  };
  static constexpr std::uint64_t kStartUs = 1000 * kSecond;

  std::uint64_t now_us_ = kStartUs, asked_ = 0, events_ = 0;
  std::priority_queue<Event> queue_;
};

}  // namespace dialogue::simulation
