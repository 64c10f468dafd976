// The open questions of each user and connection: one member's share of the hook backend is bounded, regardless of the others.
// A user may have an eighth of the questions (and of the bytes) that are free now, one connection a sixteenth, and what is asked
// without a connection has no share of one. A user without questions is refused only when nothing is free. So one user holds 455
// of 4,096 at most, and many busy users still leave room for a newcomer. A value of one thread.
#pragma once
#include <cstddef>
#include <map>
#include <string>

#include "server/core/messages/hook_question.hpp"

namespace dialogue::webhooks {

class HookShares {
 public:
  /// `questions_max` and `bytes_max` (of payloads): the maximum of pending questions of all users together.
  HookShares(std::size_t questions_max, std::size_t bytes_max);

  /// Counts a question as open. False, and nothing is counted, when it is one too many.
  [[nodiscard]] bool take(const core::HookQuestion& question);
  /// An open question was answered.
  void give_back(const core::HookQuestion& question);
  /// Users and connections that have open questions: at most two entries for each open question.
  [[nodiscard]] std::size_t remembered() const { return of_users_.size() + of_sessions_.size(); }

 private:
  struct Held {
    std::size_t questions = 0, bytes = 0;
  };
  using Holders = std::map<std::string, Held>;

  [[nodiscard]] bool is_within(const Holders& holders, const std::string& who, std::size_t bytes, std::size_t part) const;
  static void release(Holders& holders, const std::string& who, std::size_t bytes);

  Held free_;
  Holders of_users_, of_sessions_;
};

}  // namespace dialogue::webhooks
