// Hooks by HTTP as an operator sets them: whom to ask, about what, and what counts when there is no answer. A plain value, and
// pure functions about it; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/messages/hook_question.hpp"

namespace dialogue::webhooks {

/// What counts for a question that the backend did not answer.
enum class HookFailure : std::uint8_t {
  open,    ///< it is allowed
  closed,  ///< it is refused with `hook_unavailable`; clients try again
};

struct WebhookSettings {
  std::string url;                    ///< where requests go, http or https; empty: there are no hooks by HTTP
  std::string secret;                 ///< signs each request; at least kHookSecretBytesMin characters
  std::vector<core::HookVerb> verbs;  ///< the questions and notices to send to the backend
  std::vector<std::string> rooms;     ///< ids and patterns ("game-{id}") of rooms that it is asked about; empty: all
  std::optional<HookFailure> fail;    ///< required with a url
  std::uint32_t timeout_ms = 2'000;   ///< from the question to its answer, waiting and a second try included

  std::uint32_t batch_max = 64;               ///< questions in one request
  std::uint32_t connections_max = 4;          ///< requests at the same time; notices have one more connection of their own
  std::uint32_t question_retries_max = 1;     ///< when the connection broke before the answer
  std::size_t questions_max = 4'096;          ///< pending at a time; one more is `rate_limited` (HookShares)
  std::size_t question_bytes_max = 16 << 20;  ///< of their payloads
  std::size_t notices_max = 10'000;           ///< waiting; the oldest go first
  std::uint32_t notice_retries_max = 4;       ///< after that the batch is dropped
  std::uint32_t notice_backoff_ms = 500;      ///< before the second try, doubled for each further one
  std::uint32_t breaker_failures_max = 5;     ///< failed requests in a row after which hooks are suspended
  std::uint32_t breaker_pause_ms = 5'000;     ///< the suspension; then one request probes it

  [[nodiscard]] bool is_set() const { return !url.empty(); }
};

inline constexpr std::size_t kHookSecretBytesMin = 32;
inline constexpr std::uint32_t kHookTimeoutMsMin = 50, kHookTimeoutMsMax = 60'000;
/// The maximum timeout with a `connect` hook: the answer must arrive before the client's time for HELLO ends, kHelloTimeoutMs.
inline constexpr std::uint32_t kHookConnectTimeoutMsMax = 8'000;

struct WebhookError {
  std::string where;    ///< the member of the settings
  std::string problem;  ///< without a full stop, and never with the secret
  std::string advice;
};

/// The first thing that is wrong with settings that have a url; nothing when they can be used.
[[nodiscard]] std::optional<WebhookError> fault_of(const WebhookSettings& settings);

/// The verb of this hook_verb_name.
[[nodiscard]] std::optional<core::HookVerb> hook_verb_of(std::string_view name);

/// Whether the backend receives this verb.
[[nodiscard]] bool concerns(const WebhookSettings& settings, core::HookVerb verb, std::string_view room_id);

}  // namespace dialogue::webhooks
