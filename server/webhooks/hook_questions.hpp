// The questions that wait for the backend: which leave when, in which request, and what they are answered. Questions that wait at
// the same moment share a request. Used by the hooks' thread alone; each `done` is called there, once.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/webhooks/circuit_breaker.hpp"
#include "server/webhooks/hook_body.hpp"
#include "server/webhooks/hook_context.hpp"

namespace dialogue {

/// Refused, to be tried again.
[[nodiscard]] inline HookVerdict hook_unavailable() { return {ErrorCode::hook_unavailable, {}, {}, {}}; }

class HookQuestions {
 public:
  using Done = std::function<void(HookVerdict)>;

  /// `context` outlives this.
  explicit HookQuestions(HookContext& context);

  void add(HookQuestion&& question, Done&& done);
  /// Sends what waits, as far as connections are free. Called once after several add().
  void send();
  /// Answers everything with `hook_unavailable`.
  void refuse_all();

 private:
  struct Asked {
    HookQuestion question;
    Done done;
    std::chrono::steady_clock::time_point deadline;
  };
  using Open = std::map<std::uint64_t, Asked>;  ///< in the order of asking, which is that of their deadlines
  using Numbers = std::vector<std::uint64_t>;

  [[nodiscard]] Numbers take_batch();
  [[nodiscard]] std::vector<NumberedHook> still_open(const Numbers& numbers) const;
  [[nodiscard]] boost::asio::awaitable<void> ask(std::unique_ptr<HttpConnection> connection, Numbers numbers);
  [[nodiscard]] boost::asio::awaitable<HttpOutcome> try_twice(HttpConnection& connection, const Numbers& numbers);
  void settle(const Numbers& numbers, const HttpOutcome& outcome);
  /// How many were answered.
  std::size_t take_answers(const std::vector<NumberedHook>& hooks, const std::vector<HookReply>& replies);
  void request_failed(const Numbers& numbers, const std::string& why);
  void request_succeeded();
  void answer(Open::iterator asked, HookVerdict verdict);
  /// By the policy for questions without an answer.
  void give_up(std::uint64_t number);
  [[nodiscard]] HookVerdict verdict_without_answer() const;
  [[nodiscard]] std::string policy_in_words() const;
  void watch_deadlines();
  void expire();

  HookContext& context_;
  CircuitBreaker breaker_;
  std::vector<std::unique_ptr<HttpConnection>> idle_;
  Open open_;
  std::deque<std::uint64_t> waiting_;  ///< not sent yet; those that are not open any more are passed over
  std::size_t open_bytes_ = 0;
  std::uint64_t last_number_ = 0;
  std::uint64_t unasked_ = 0;  ///< since the breaker opened
  boost::asio::steady_timer timer_;
  bool is_watching_ = false;
};

}  // namespace dialogue
