// The steps of the chain of middleware that every publication passes. A step judges at once, or asks and continues with the
// answer. Used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/effects/shard_config.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/hooks.hpp"
#include "server/core/messages/room_rules.hpp"

namespace dialogue::core {

/// A refusal without a verdict: when the publication may be sent again.
inline constexpr std::uint64_t kAskAgainMs = 1000;

/// A publication in the chain: its sender may send it, and it fits its schema. References; valid during one call.
struct Passage {
  ConnectionId connection = 0;  ///< 0: an application acts for the user
  std::string_view session_id;  ///< empty: no session
  const std::shared_ptr<const Identity>& identity;
  std::string_view room_id;
  const RoomRules& rules;
  std::uint32_t event = 0;  ///< catalogue index
  std::string& payload;     ///< that a step may replace
  bool deletes = false;
  const PublicationTracePtr& trace;
};

class MiddlewareSteps {
 public:
  /// How far it came. A ticket: `step` has asked. A fault: refused. Neither: it is through.
  struct Outcome {
    std::uint64_t ticket = 0;
    std::optional<Error> fault;
  };

  MiddlewareSteps(const ShardConfig& config, ShardEffects& effects) : config_(config), effects_(effects) {}

  [[nodiscard]] bool empty() const { return config_.hooks.middleware.empty(); }
  /// From `step` on.
  [[nodiscard]] Outcome run(const Passage& passage, std::size_t& step) const;
  /// Continues the chain with the answer to the question of `step`.
  [[nodiscard]] Outcome answered(const Passage& passage, std::size_t& step, HookVerdict&& verdict) const;

 private:
  [[nodiscard]] HookVerdict judge(const Middleware& step, const Draft& draft) const;
  /// Applies a verdict: returns why it refuses the publication, or replaces its payload by the verdict's, if it has one.
  [[nodiscard]] std::optional<Error> apply(const Passage& passage, HookVerdict&& verdict) const;

  const ShardConfig& config_;
  ShardEffects& effects_;
};

/// Returns in how many ms a publication with this refusal may be sent again; 0: never.
[[nodiscard]] inline std::uint64_t ask_again_ms(const Error& fault) { return error_row(fault.code).retryable ? kAskAgainMs : 0; }

}  // namespace dialogue::core
