// Calling the application's functions: what they throw is logged and stays there, so that no application can end a shard.
#pragma once
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "server/core/effects/shard_effects.hpp"
#include "server/core/effects/witness.hpp"

namespace dialogue {

/// Calls `function`; false when it threw. `name` says in the log which one.
template <typename Function>
bool guarded(ShardEffects& effects, std::string_view name, Function&& function) {
  Witness* const witness = effects.witness();
  const std::uint64_t question = witness != nullptr ? witness->ask() : 0;
  try {
    std::forward<Function>(function)();
    if (witness != nullptr) witness->returned(question);
    return true;
  } catch (const std::exception& error) {
    if (witness != nullptr) witness->threw(question, error.what());
    effects.log(LogLevel::error, "application_threw", {{"function", name}, {"what", error.what()}});
  } catch (...) {
    if (witness != nullptr) witness->threw(question, std::nullopt);
    effects.log(LogLevel::error, "application_threw", {{"function", name}});
  }
  return false;
}

/// Calls a shard message's `done`, when there is one, with its answer.
template <typename Done, typename... Answer>
void call_done(ShardEffects& effects, const Done& done, Answer&&... answer) {
  if (done) guarded(effects, "done", [&] { done(std::forward<Answer>(answer)...); });
}

}  // namespace dialogue
