// Which calls of a store are unanswered, and since when; one thread gives up those that are late (store_patience.hpp). It holds
// them weakly. Any thread.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
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
#include "server/store/guard/store_patience.hpp"
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
    std::uint64_t asked_ms;  ///< of StorePatience
    std::weak_ptr<Unanswered> question;
    bool writes, is_timed;
  };
  using Place = std::list<Entry>::iterator;

  /// `timeout_ms`: for one answer; 0: no bound. `log`: on any thread; empty: no log.
  StoreWatch(std::uint64_t timeout_ms, std::function<void(const core::LogLine&)> log)
      : timeout_ms_(timeout_ms), log_(std::move(log)), patience_(timeout_ms) {
    if (timeout_ms_ > 0) thread_ = std::thread([this] { run(); });
  }

  [[nodiscard]] std::uint64_t timeout_ms() const { return timeout_ms_; }

  /// Enters a question. Returns ok if the store is to be asked: `place` belongs to the question until forget(). Otherwise returns
  /// the status to answer with.
  [[nodiscard]] core::StoreStatus enter(const std::shared_ptr<Unanswered>& question, const StoreCall& about, Place& place) {
    const std::lock_guard lock(mutex_);
    if (has_failed_) return core::StoreStatus::failed;
    if (entries_.size() >= kUnansweredCallsMax) return core::StoreStatus::busy;
    place = entries_.insert(entries_.end(), {patience_.awake_ms(now_ms()), question, about.writes, about.is_timed});
    if (about.is_timed && timed_++ == 0 && is_idle_) wake_.notify_one();
    return core::StoreStatus::ok;
  }
  /// `is_answered`: by the store, so that it is at work.
  void forget(Place place, bool is_answered) {
    const std::lock_guard lock(mutex_);
    if (place->is_timed) --timed_;
    if (is_answered && place->writes) patience_.progressed();
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
    {
      const std::lock_guard lock(log_mutex_);
      if (!limiter_.admit(event, now_ms())) return;
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
    give_up([](const Entry&) { return true; }, false);
    has_ended_ = true;
  }

 private:
  [[nodiscard]] static std::uint64_t now_ms() {
    const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_boot).count());
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (!is_ending_) {
      is_idle_ = timed_ == 0;
      if (is_idle_) {
        wake_.wait(lock);
        continue;
      }
      wake_.wait_for(lock, std::chrono::milliseconds(patience_.step_ms()));
      const std::uint64_t awake_ms = patience_.awake_ms(now_ms());
      const auto is_late = [&](const Entry& entry) {
        return entry.is_timed && patience_.is_late(entry.asked_ms, entry.writes, awake_ms);
      };
      lock.unlock();
      give_up(is_late, true);
      lock.lock();
    }
  }

  /// They are answered without the lock: an answer may ask again.
  template <typename Which>
  void give_up(const Which& which, bool is_late) {
    std::vector<std::shared_ptr<Unanswered>> found;
    {
      const std::lock_guard lock(mutex_);
      for (const Entry& entry : entries_) {
        if (!which(entry)) continue;
        if (auto question = entry.question.lock()) found.push_back(std::move(question));
      }
    }
    for (const auto& question : found) question->give_up(is_late);
  }

  const std::uint64_t timeout_ms_;
  const std::function<void(const core::LogLine&)> log_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  StorePatience patience_;
  std::list<Entry> entries_;  ///< in the order in which they were asked
  std::size_t timed_ = 0;     ///< of them, with a timeout
  bool has_failed_ = false, is_ending_ = false, is_idle_ = false;
  std::atomic<bool> has_ended_{false};
  std::mutex log_mutex_;
  core::LogLimiter limiter_;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace dialogue::store
