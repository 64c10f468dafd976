// Questions to all nodes that are not answered yet: waits for this node's result and those of the others, and gives them as one.
// A node that does not answer until the deadline, or leaves, is named as missing. A state machine: the clock is an argument.
//
//   const std::uint64_t ticket = questions.begin(call, others, now_ms, done);    // 0: `done` waits for this node alone
//   questions.own(ticket, result);   questions.answered(ticket, node, result);   questions.left(node);   questions.tick(now_ms);
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/calls/call_done.hpp"

namespace dialogue {

inline constexpr std::uint64_t kNodeAnswerMsMax = 2'000;  ///< from a question to its last answer
inline constexpr std::size_t kNodeQuestionsMax = 4'096;   ///< without an answer; further ones are of this node alone

class NodeQuestions {
 public:
  /// Begins a question and returns its ticket; 0 if there are too many. `done` is called once, within one of the calls below.
  [[nodiscard]] std::uint64_t begin(const core::ApplicationCall& call, std::set<std::string> others, std::uint64_t now_ms,
                                    calls::CallDone done);
  /// Takes this node's result; an Error ends the question.
  void own(std::uint64_t ticket, core::CallResult&& result);
  /// Takes the result of another node; no value: it could not answer.
  void answered(std::uint64_t ticket, const std::string& node, std::optional<core::CallResult>&& result);
  /// Called when a node has left the cluster.
  void left(const std::string& node);
  /// Ends what is due. Returns the next deadline; kNever without one.
  std::uint64_t tick(std::uint64_t now_ms);
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
  struct Question {
    core::ApplicationCall call;
    std::set<std::string> awaited;
    std::uint64_t deadline_ms = 0;
    calls::CallDone done;
    std::optional<core::CallResult> own{};
    std::vector<std::pair<std::string, core::CallResult>> others{};
    std::vector<std::string> missing{};
  };
  using Questions = std::map<std::uint64_t, Question>;  ///< by ticket, which is the order of their deadlines

  /// Answers the question if no node's result is awaited any more.
  void settle(Questions::iterator question);

  Questions waiting_;
  std::uint64_t last_ = 0;
};

}  // namespace dialogue
