// How the store of a cluster answers one node, from its questions and their answers. One question at a time is outstanding. A
// state machine: the clock is an argument.
#pragma once
#include <algorithm>
#include <cstdint>

namespace dialogue::cluster {

/// `ok`: the engine answers; `slow`: it answers late; `away`: it does not answer, or cannot do what was requested.
enum class EngineState : std::uint8_t { ok, slow, away };

class EngineHealth {
 public:
  static constexpr std::uint64_t kSlowMs = 500, kAwayMs = 2'500;

  void asked(std::uint64_t now_ms) {
    asked_ms_ = now_ms;
    is_asked_ = true;
  }
  /// The question is answered. `is_served` false: the store could not do it now.
  void answered(bool is_served, std::uint64_t now_ms) {
    took_ms_ = now_ms - std::min(asked_ms_, now_ms);
    is_asked_ = false;
    is_served_ = is_served;
    if (is_served) served_ms_ = now_ms;
  }

  [[nodiscard]] EngineState state(std::uint64_t now_ms) const {
    const std::uint64_t waits_ms = is_asked_ ? now_ms - std::min(asked_ms_, now_ms) : 0;
    if (!is_served_ || waits_ms >= kAwayMs) return EngineState::away;
    return std::max(waits_ms, took_ms_) >= kSlowMs ? EngineState::slow : EngineState::ok;
  }
  /// How long the last answer took, or the outstanding question has waited so far if that is longer.
  [[nodiscard]] std::uint64_t answer_ms(std::uint64_t now_ms) const {
    return std::max(took_ms_, is_asked_ ? now_ms - std::min(asked_ms_, now_ms) : 0);
  }
  /// Returns when the engine last did what was requested; 0: never.
  [[nodiscard]] std::uint64_t served_ms() const { return served_ms_; }

 private:
  std::uint64_t asked_ms_ = 0, took_ms_ = 0, served_ms_ = 0;
  bool is_asked_ = false, is_served_ = true;
};

}  // namespace dialogue::cluster
