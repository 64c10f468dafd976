// A function of the application's that is called exactly once: with the answer, or with what stands in for it when the question
// is dropped. Used by one thread at a time.
#pragma once
#include <functional>
#include <utility>

namespace dialogue::socketio {

/// Makes a call soon, on a thread that may run application code and is not within a call of the application's.
using Later = std::function<void(std::function<void()>)>;

template <typename Result>
class Once {
 public:
  Once(std::function<void(Result)> done, Result when_dropped, Later later)
      : done_(std::move(done)), result_(std::move(when_dropped)), later_(std::move(later)) {}
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;
  ~Once() {
    if (!done_) return;
    later_([done = std::move(done_), result = std::move(result_)]() mutable { done(std::move(result)); });
  }

  /// Here and now.
  void give(Result result) {
    if (const auto done = std::exchange(done_, nullptr)) done(std::move(result));
  }
  /// What stands in for the answer when this is dropped.
  void otherwise(Result result) { result_ = std::move(result); }

 private:
  std::function<void(Result)> done_;
  Result result_;
  Later later_;
};

}  // namespace dialogue::socketio
