// Calling the application's functions: what they throw is logged and stays there, so that no application can end a shard.
#pragma once
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "server/core/effects/effect_log.hpp"
#include "server/core/effects/shard_effects.hpp"

namespace dialogue::core {

/// Calls `function` and returns false if it threw. `name` identifies it in the log.
template <typename Function>
bool guarded(ShardEffects& effects, std::string_view name, Function&& function) {
  EffectLog* const effect_log = effects.effect_log();
  const std::uint64_t question = effect_log != nullptr ? effect_log->next_question() : 0;
  try {
    std::forward<Function>(function)();
    if (effect_log != nullptr) effect_log->returned(question);
    return true;
  } catch (const std::exception& error) {
    if (effect_log != nullptr) effect_log->threw(question, error.what());
    effects.log(LogLevel::error, "application_threw", {{"function", name}, {"what", error.what()}});
  } catch (...) {
    if (effect_log != nullptr) effect_log->threw(question, std::nullopt);
    effects.log(LogLevel::error, "application_threw", {{"function", name}});
  }
  return false;
}

}  // namespace dialogue::core
