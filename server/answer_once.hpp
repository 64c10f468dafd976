// A callback that is called exactly once: with the answer, or, when the question was dropped unanswered, with what stands in for
// it. The core drops letters together with its shards; whoever waits for one must still hear. One answer is used by one thread at
// a time.
#pragma once
#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace dialogue {

/// Hears of an application's callback that threw.
using CallbackFault = std::function<void(const char* what)>;

template <typename Result>
class Answer {
 public:
  Answer(std::function<void(Result)> done, Result when_dropped, CallbackFault report)
      : done_(std::move(done)), when_dropped_(std::move(when_dropped)), report_(std::move(report)) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() { give(std::move(when_dropped_)); }

  void give(Result result) noexcept {
    const auto done = std::exchange(done_, nullptr);
    if (!done) return;
    try {
      done(std::move(result));
    } catch (const std::exception& fault) { report_(fault.what()); } catch (...) {
      report_("an exception that is no std::exception");
    }
  }

 private:
  std::function<void(Result)> done_;
  Result when_dropped_;
  CallbackFault report_;
};

/// A function to hand on in place of `done`.
template <typename Result>
[[nodiscard]] auto answer_once(std::function<void(Result)> done, Result when_dropped, CallbackFault report) {
  return [answer = std::make_shared<Answer<Result>>(std::move(done), std::move(when_dropped), std::move(report))](Result result) {
    answer->give(std::move(result));
  };
}

}  // namespace dialogue
