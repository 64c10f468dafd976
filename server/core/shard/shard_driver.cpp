// See shard_driver.hpp.
#include "server/core/shard/shard_driver.hpp"

namespace dialogue::core {

void ShardDriver::carry_out() {
  host_.perform(actions_);
  actions_.clear();
  while (!answers_.empty()) {
    std::vector<Input> answers = std::exchange(spare_answers_, {});
    answers.swap(answers_);
    for (Input& answer : answers) {
      static_cast<void>(decide(std::move(answer), host_.now(), actions_));
      host_.perform(actions_);
      actions_.clear();
    }
    answers.clear();
    spare_answers_ = std::move(answers);
  }
}

std::uint64_t ShardDriver::tick() {
  const std::uint64_t next_ms = decide(TimerFired{}, host_.now(), actions_).next_timer_ms;
  carry_out();
  return next_ms;
}

void ShardDriver::finish_turn() {
  const auto is_unfinished = [this] { return shard_.owes_turn_end() || host_.has_output() || !closed_.empty(); };
  do {
    for (std::size_t i = 0; i < closed_.size(); ++i) apply(ConnectionClosed{closed_[i]});
    closed_.clear();
    if (shard_.owes_turn_end() || host_.has_output()) apply(TurnEnded{});
    host_.hand_over();
    host_.offer_output();
    note_offered();
  } while (is_unfinished());
}

}  // namespace dialogue::core
