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
#include "server/webhooks/failure_blame.hpp"
#include "server/webhooks/hook_body.hpp"
#include "server/webhooks/hook_context.hpp"
#include "server/webhooks/hook_shares.hpp"

namespace dialogue::webhooks {

/// Returns a refusal after which the client may retry.
[[nodiscard]] inline core::HookVerdict hook_unavailable() { return {ErrorCode::hook_unavailable, {}, {}, {}}; }

class HookQuestions {
 public:
  using Done = std::function<void(core::HookVerdict)>;

  /// `context` must outlive this object.
  explicit HookQuestions(HookContext& context);

  /// Adds a question. `done` receives the verdict: `rate_limited` if this user, this connection or all together have too many
  /// open questions.
  void add(core::HookQuestion&& question, Done&& done);
  /// Sends what waits, as far as connections are free. Called once after several add().
  void send();
  /// Answers everything with `hook_unavailable`.
  void refuse_all();

 private:
  struct Asked {
    core::HookQuestion question;
    Done done;
    std::chrono::steady_clock::time_point deadline;
    bool was_in_time = false;  ///< it was sent with at least half of its time left: without an answer, the backend is late
  };
  using Open = std::map<std::uint64_t, Asked>;  ///< in the order of asking, which is that of their deadlines
  using Numbers = std::vector<std::uint64_t>;

  [[nodiscard]] Numbers take_batch();
  [[nodiscard]] std::vector<NumberedHook> still_open(const Numbers& numbers) const;
  [[nodiscard]] boost::asio::awaitable<void> ask(std::unique_ptr<http_client::HttpConnection> connection, Numbers numbers);
  [[nodiscard]] boost::asio::awaitable<http_client::HttpOutcome> try_twice(http_client::HttpConnection& connection,
                                                                           const Numbers& numbers);
  void mark_sent(Asked& asked) const;
  /// `users`: whose questions were asked.
  void settle(const Numbers& numbers, FailureBlame::Users users, const http_client::HttpOutcome& outcome);
  /// Passes replies on to the questions. An invalid one is logged, and its question stays open.
  void take_answers(const std::vector<NumberedHook>& hooks, const std::vector<HookReply>& replies);
  /// Handles a failed request. `users`: those whose questions may be what the backend fails at; empty if the backend has not seen
  /// the questions.
  void request_failed(const Numbers& numbers, const FailureBlame::Users& users, const std::string& why);
  /// Asks the questions again in two halves, to find the one that the backend fails at. Returns false if there is only one
  /// question, or no time left.
  [[nodiscard]] bool ask_by_halves(const Numbers& numbers);
  [[nodiscard]] FailureBlame::Users users_of(const Numbers& numbers) const;
  void request_succeeded();
  void note_breaker() const;
  void answer(Open::iterator asked, core::HookVerdict verdict);
  /// Answers a question by the policy for questions without an answer.
  void give_up(std::uint64_t number);
  [[nodiscard]] core::HookVerdict verdict_without_answer() const;
  [[nodiscard]] std::string policy_in_words() const;
  void watch_deadlines();
  void expire();

  HookContext& context_;
  CircuitBreaker breaker_;
  FailureBlame blame_;
  HookShares shares_;
  std::vector<std::unique_ptr<http_client::HttpConnection>> idle_;
  Open open_;
  std::deque<std::uint64_t> waiting_;  ///< not sent yet; those that are not open any more are passed over
  std::vector<Numbers> again_;         ///< parts of requests that failed, the next one last; each has open questions only once
  std::uint64_t last_number_ = 0;
  std::uint64_t unasked_ = 0;  ///< since the breaker opened
  boost::asio::steady_timer timer_;
  bool is_watching_ = false;
};

}  // namespace dialogue::webhooks
