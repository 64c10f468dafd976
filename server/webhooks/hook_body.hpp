// The body of a request to the backend, and the meaning of its answer (docs/guides/hooks.md). Pure functions; safe from any
// thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/messages/exchange_messages.hpp"
#include "server/core/messages/hook_question.hpp"

namespace dialogue::webhooks {

inline constexpr int kHookBodyVersion = 1;
inline constexpr std::size_t kHookReasonBytesMax = 256;  ///< of a refusal; a longer one ends in "..."

/// A question, and the number under which it is asked: no other question of this process has the same.
struct NumberedHook {
  std::uint64_t number = 0;
  const core::HookQuestion* question = nullptr;  ///< null: its time is over
};

/// `{"version":1,"id":"...","hooks":[...]}`; `dropped`, where it is not 0, is how many notices before these were never sent.
[[nodiscard]] std::string hook_body(std::string_view request_id, std::uint64_t dropped, const std::vector<NumberedHook>& hooks);

/// The answer to one question, or, in words, why it is invalid.
using HookReply = std::variant<core::HookVerdict, std::string>;

/// One reply for each of `hooks`, in their order; or, in words, why the body is invalid: also if it has the id of none of them.
/// Whatever the body holds, a question gets nothing that it did not ask for.
[[nodiscard]] std::variant<std::vector<HookReply>, std::string> read_hook_answers(std::string_view body,
                                                                                  const std::vector<NumberedHook>& hooks);

/// `{"version":1,"id":"...","call":{...}}`: a call that a client makes.
[[nodiscard]] std::string call_body(std::string_view request_id, const core::ExchangeQuestion& question);

/// Reads the backend's answer to a call; returns an error text if it is invalid.
[[nodiscard]] std::variant<core::ExchangeResult, std::string> read_call_answer(std::string_view body);

}  // namespace dialogue::webhooks
