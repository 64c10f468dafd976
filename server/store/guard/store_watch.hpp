// Which calls of a store are unanswered, and since when; one thread gives up those that are late. It holds them weakly. Any
// thread.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "server/core/messages/actions.hpp"
#include "server/core/util/log_limiter.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::store {

/// A call as its guard needs to know it.
struct StoreCall {
  const char* call;
  std::string room;  ///< empty: of none
  bool writes;
  bool is_timed = true;
};

/// A call that another thread can give up.
struct Unanswered {
  virtual ~Unanswered() = default;
  virtual void give_up(bool is_late) = 0;
};

class StoreWatch {
 public:
  /// The maximum of unanswered calls; a further one is answered `busy`.
  static constexpr std::size_t kUnansweredCallsMax = 65'536;

  struct Entry {
    std::chrono::steady_clock::time_point due;
    std::weak_ptr<Unanswered> question;
  };
  using Place = std::list<Entry>::iterator;

  /// `timeout_ms`: for one answer; 0: no bound. `log`: on any thread; empty: no log.
  StoreWatch(std::uint64_t timeout_ms, std::function<void(const core::LogLine&)> log)
      : timeout_ms_(timeout_ms), log_(std::move(log)) {
    if (timeout_ms_ > 0) thread_ = std::thread([this] { run(); });
  }

  [[nodiscard]] std::uint64_t timeout_ms() const { return timeout_ms_; }

  /// Enters a question. Returns ok if the store is to be asked: `place` belongs to the question until forget(). Otherwise returns
  /// the status to answer with.
  [[nodiscard]] core::StoreStatus enter(const std::shared_ptr<Unanswered>& question, bool is_timed, Place& place) {
    const std::lock_guard lock(mutex_);
    if (has_failed_) return core::StoreStatus::failed;
    if (entries_.size() >= kUnansweredCallsMax) return core::StoreStatus::busy;
    const auto due = is_timed ? std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms_)
                              : std::chrono::steady_clock::time_point::max();
    auto next = entries_.end();
    while (next != entries_.begin() && std::prev(next)->due > due) --next;
    place = entries_.insert(next, {due, question});
    if (place == entries_.begin()) wake_.notify_one();
    return core::StoreStatus::ok;
  }
  void forget(Place place) {
    const std::lock_guard lock(mutex_);
    entries_.erase(place);
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

  [[nodiscard]] bool has_failed() const {
    const std::lock_guard lock(mutex_);
    return has_failed_;
  }
  [[nodiscard]] bool has_ended() const { return has_ended_; }

  /// The store is asked nothing from here on.
  void fail() {
    const std::lock_guard lock(mutex_);
    has_failed_ = true;
  }

  void log(core::LogLevel level, const char* event, const StoreCall& about, const std::string& message) {
    if (!log_ || has_ended_) return;  // the logger may be gone with who waited
    const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    const auto now_ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_boot).count());
    {
      const std::lock_guard lock(log_mutex_);
      if (!limiter_.admit(event, now_ms)) return;
    }
    JsonText fields;
    fields.text("call", about.call).text("message", message);
    if (!about.room.empty()) fields.text("room", about.room);
    log_({level, event, fields.take()});
  }

  void end() {
    fail();
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    give_up(std::chrono::steady_clock::time_point::max(), false);
    has_ended_ = true;
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!is_ending_) {
      if (entries_.empty() || entries_.front().due == std::chrono::steady_clock::time_point::max()) {
        wake_.wait(lock);
        continue;
      }
      const std::chrono::steady_clock::time_point due = entries_.front().due;
      if (wake_.wait_until(lock, due) == std::cv_status::timeout) {
        lock.unlock();
        give_up(std::chrono::steady_clock::now(), true);
        lock.lock();
      }
    }
  }

  /// Those that were due by then. They are answered without the lock: an answer may ask again.
  void give_up(std::chrono::steady_clock::time_point by, bool is_late) {
    std::vector<std::shared_ptr<Unanswered>> due;
    {
      const std::lock_guard lock(mutex_);
      for (const Entry& entry : entries_) {
        if (entry.due > by) break;
        if (auto question = entry.question.lock()) due.push_back(std::move(question));
      }
    }
    for (const auto& question : due) question->give_up(is_late);
  }

  const std::uint64_t timeout_ms_;
  const std::function<void(const core::LogLine&)> log_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::list<Entry> entries_;  ///< in the order in which they are due
  bool has_failed_ = false, is_ending_ = false;
  std::atomic<bool> has_ended_{false};
  std::mutex log_mutex_;
  core::LogLimiter limiter_;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace dialogue::store
