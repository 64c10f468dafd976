// A callback that is called exactly once: with the answer, on the answering thread, or, if the call was refused or dropped
// unanswered, with a stand-in, on the instance's thread for callbacks. The core drops shard messages together with its shards;
// their callers must still be called, and never within their own call. One answer is used by one thread at a time.
#pragma once
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "server/embed/callback_thread.hpp"

namespace dialogue {

/// Called when an application's callback throws.
using CallbackError = std::function<void(const char* what)>;

template <typename Result>
class Answer {
 public:
  Answer(std::function<void(Result)> done, Result when_dropped, CallbackError report, std::shared_ptr<CallbackThread> calls)
      : done_(std::move(done)), when_dropped_(std::move(when_dropped)), report_(std::move(report)), calls_(std::move(calls)) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() {
    if (!done_) return;
    const std::shared_ptr<CallbackThread> calls = std::move(calls_);
    calls->run([done = std::move(done_), result = std::move(when_dropped_), report = std::move(report_)]() mutable {
      call(done, std::move(result), report);
    });
  }

  void give(Result result) noexcept {
    if (const auto done = std::exchange(done_, nullptr)) call(done, std::move(result), report_);
  }
  /// Sets the result that is answered if this object is destroyed without an answer.
  void otherwise(Result result) { when_dropped_ = std::move(result); }

 private:
  static void call(const std::function<void(Result)>& done, Result&& result, const CallbackError& report) noexcept {
    try {
      done(std::move(result));
    } catch (const std::exception& fault) { report(fault.what()); } catch (...) {
      report("an exception that is not a std::exception");
    }
  }

  std::function<void(Result)> done_;
  Result when_dropped_;
  CallbackError report_;
  std::shared_ptr<CallbackThread> calls_;
};

}  // namespace dialogue
