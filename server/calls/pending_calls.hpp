// The embedding program's calls without an answer: the callback and deadline of each number. Each callback is called once: with
// its answer, with store_unavailable at its deadline, or immediately with rate_limited if too many calls are pending. A later
// answer is ignored.
//
//   const CallId call = calls.add(std::move(done), now_ms);    // 0: too many; `done` was called
//   post(numbered(std::move(asked), call));
//   calls.answer(call, std::move(result));                // of an AnswerCall
//   calls.expire(now_ms);                                 // about once a second
//
// Any thread. Callbacks run on the thread that answers, expires or adds, without the lock; they must not block. Their
// exceptions are reported and not rethrown.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "server/calls/call_done.hpp"
#include "server/core/messages/shard_message.hpp"

namespace dialogue::calls {

/// How long an answer may take. A shard answers within kRequestTimeoutMs; beyond this its loop is stuck.
inline constexpr std::uint64_t kCallTimeoutMs = 30'000;
/// The maximum of pending calls of one server.
inline constexpr std::size_t kPendingCallsMax = std::size_t{1} << 18;

class PendingCalls {
 public:
  /// Called for a function that threw; null: it was not a std::exception.
  using Threw = std::function<void(const char* what)>;

  explicit PendingCalls(Threw threw = {}, std::size_t calls_max = kPendingCallsMax)
      : threw_(std::move(threw)), calls_max_(calls_max) {}
  PendingCalls(const PendingCalls&) = delete;
  PendingCalls& operator=(const PendingCalls&) = delete;
  ~PendingCalls() { drop_all(); }

  /// A number for the call. 0: too many are pending, and `done` was called with rate_limited.
  [[nodiscard]] core::CallId add(CallDone done, std::uint64_t now_ms);
  /// Passes its result to the caller, unless it already has one.
  void answer(core::CallId call, core::CallResult&& result);
  /// Ends the calls whose deadline has passed. Cheap when there are none.
  void expire(std::uint64_t now_ms);
  /// Drops all functions uncalled: the shards have ended. What they hold answers for them (server/embed/answer_once.hpp).
  void drop_all();

  [[nodiscard]] std::size_t size() const;

 private:
  /// Places are used again. Those that are pending form a list in the order of their deadlines.
  struct Place {
    core::CallId call = 0;  ///< 0: free
    std::uint64_t deadline_ms = 0;
    std::size_t before = kNone, behind = kNone;
    CallDone done;
  };
  static constexpr std::size_t kNone = ~std::size_t{0};
  /// A call's number is its sequence, then its place.
  static constexpr core::CallId kPlaces = core::CallId{1} << 20;

  /// Holding the lock. Empty: it is not pending.
  [[nodiscard]] CallDone take(core::CallId call);

  void hand_over(const CallDone& done, core::CallResult&& result) const;

  const Threw threw_;
  const std::size_t calls_max_;
  mutable std::mutex mutex_;
  std::vector<Place> places_;
  std::vector<std::size_t> free_;
  std::size_t first_ = kNone, last_ = kNone, size_ = 0;
  core::CallId sequence_ = 0;
};

/// The message to a shard that asks this with the number `call`.
[[nodiscard]] inline core::ShardMessage numbered(core::ApplicationCall&& asked, core::CallId call) {
  return std::visit(
      [call](auto&& known) {
        known.call = call;
        return core::ShardMessage(std::move(known));
      },
      std::move(asked));
}

}  // namespace dialogue::calls
