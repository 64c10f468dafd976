// Converts the return types that hooks and middleware may have into one verdict. Pure.
#pragma once
#include <type_traits>
#include <utility>

#include <dialogue/client.hpp>
#include <dialogue/config.hpp>

namespace dialogue::hook_detail {

/// Calls a client's hook and returns its decision; a hook that returns nothing allows.
template <typename Hook, typename... Arguments>
[[nodiscard]] HookDecision decision_of(Hook& hook, Client& client, const Arguments&... arguments) {
  using Result = std::invoke_result_t<Hook&, Client&, const Arguments&...>;
  if constexpr (std::is_void_v<Result>) {
    hook(client, arguments...);
    return HookDecision::allow();
  } else if constexpr (std::is_convertible_v<Result, HookVerdict>) {
    HookVerdict verdict = hook(client, arguments...);
    if (verdict.allows() && verdict.meta) client.set_meta(std::move(*verdict.meta));
    if (!verdict.allows()) return HookDecision::deny(std::move(verdict.reason));
    return verdict.history_from ? HookDecision::allow_from(*verdict.history_from) : HookDecision::allow();
  } else {
    static_assert(std::is_convertible_v<Result, HookDecision>, "a hook returns nothing, HookDecision or HookVerdict");
    return hook(client, arguments...);
  }
}

/// Calls a middleware function and returns its verdict; one that returns nothing allows.
template <typename Function>
[[nodiscard]] HookVerdict verdict_of(Function& middleware, const Draft& draft) {
  using Result = std::invoke_result_t<Function&, const Draft&>;
  if constexpr (std::is_void_v<Result>) {
    middleware(draft);
    return HookVerdict::allow();
  } else if constexpr (std::is_convertible_v<Result, HookDecision>) {
    HookDecision decision = middleware(draft);
    return decision.denied ? HookVerdict::deny(std::move(*decision.denied)) : HookVerdict::allow();
  } else {
    static_assert(std::is_convertible_v<Result, HookVerdict>, "middleware returns nothing, HookVerdict or HookDecision");
    return middleware(draft);
  }
}

}  // namespace dialogue::hook_detail
