// See node_questions.hpp.
#include "server/embed/cluster/node_questions.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "server/core/util/time.hpp"
#include "server/embed/cluster/node_answers.hpp"

namespace dialogue {

std::uint64_t NodeQuestions::begin(const core::ApplicationCall& call, std::set<std::string> others, std::uint64_t now_ms,
                                   calls::CallDone done) {
  if (waiting_.size() >= kNodeQuestionsMax) return 0;
  waiting_.emplace(++last_, Question{call, std::move(others), now_ms + kNodeAnswerMsMax, std::move(done)});
  return last_;
}

void NodeQuestions::own(std::uint64_t ticket, core::CallResult&& result) {
  const auto question = waiting_.find(ticket);
  if (question == waiting_.end()) return;
  if (std::holds_alternative<core::Error>(result)) question->second.awaited.clear();
  question->second.own = std::move(result);
  settle(question);
}

void NodeQuestions::answered(std::uint64_t ticket, const std::string& node, std::optional<core::CallResult>&& result) {
  const auto question = waiting_.find(ticket);
  if (question == waiting_.end() || question->second.awaited.erase(node) == 0) return;
  if (result)
    question->second.others.emplace_back(node, std::move(*result));
  else
    question->second.missing.push_back(node);
  settle(question);
}

void NodeQuestions::left(const std::string& node) {
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    const auto question = at++;
    if (question->second.awaited.erase(node) == 0) continue;
    question->second.missing.push_back(node);
    settle(question);
  }
}

std::uint64_t NodeQuestions::tick(std::uint64_t now_ms) {
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    const auto question = at++;
    Question& waits = question->second;
    if (waits.deadline_ms > now_ms) return waits.deadline_ms;
    waits.missing.insert(waits.missing.end(), waits.awaited.begin(), waits.awaited.end());
    waits.awaited.clear();
    settle(question);
  }
  return core::kNever;
}

void NodeQuestions::settle(Questions::iterator question) {
  Question& asked = question->second;
  if (!asked.own || !asked.awaited.empty()) return;
  const Question ended = std::move(asked);
  waiting_.erase(question);
  core::CallResult all = *ended.own;
  std::vector<std::string> missing = ended.missing;
  for (const auto& [node, result] : ended.others)
    if (!add_node_result(all, core::CallResult(result), node)) missing.push_back(node);
  finish_node_result(all, ended.call);
  if (std::holds_alternative<core::Error>(all) || missing.empty()) return ended.done(std::move(all));
  std::sort(missing.begin(), missing.end());
  ended.done(core::PartialResult{std::make_shared<const core::CallResult>(std::move(all)), std::move(missing)});
}

}  // namespace dialogue
