// What a request to the backend says, and what its answer means (docs/guides/hooks.md). Pure functions; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/messages/hook_question.hpp"

namespace dialogue::webhooks {

inline constexpr int kHookBodyVersion = 1;
inline constexpr std::size_t kHookReasonBytesMax = 256;  ///< of a refusal; a longer one ends in "..."

/// A question, and the number under which it is asked: no other question of this process has the same.
struct NumberedHook {
  std::uint64_t number = 0;
  const core::HookQuestion* question = nullptr;
};

/// `{"version":1,"id":"...","hooks":[...]}`; `dropped`, where it is not 0, is how many notices before these were never sent.
[[nodiscard]] std::string hook_body(std::string_view request_id, std::uint64_t dropped, const std::vector<NumberedHook>& hooks);

/// What was said about one question, or, in words, why that is no answer.
using HookReply = std::variant<core::HookVerdict, std::string>;

/// One reply for each of `hooks`, in their order; or, in words, why the body is no answer at all. Whatever the body holds, a
/// question gets nothing that it did not ask for.
[[nodiscard]] std::variant<std::vector<HookReply>, std::string> read_hook_answers(std::string_view body,
                                                                                  const std::vector<NumberedHook>& hooks);

}  // namespace dialogue::webhooks
