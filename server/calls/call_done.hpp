// What becomes of an embedding program's call, as functions: with its result, or with one error when it has none. The shards know
// only the call's number (server/core/messages/application_calls.hpp). Functions of their arguments.
#pragma once
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

#include "server/core/messages/application_calls.hpp"
#include "server/core/messages/frame_text.hpp"

namespace dialogue::calls {

/// Hears of a call once: of its Result, or of an Error when it got none.
using CallDone = std::function<void(core::CallResult&&)>;

/// Results that have a place for an error.
template <typename Result>
inline constexpr bool kTellsFaults = std::is_same_v<Result, ErrorCode> || requires(Result result) {
  result.fault;
};

/// The error as a Result that has a place for it.
template <typename Result>
[[nodiscard]] Result failed_result(const core::Error& fault) {
  if constexpr (std::is_same_v<Result, ErrorCode>) {
    return fault.code;
  } else {
    Result result{};
    result.fault = fault;
    if constexpr (requires { result.message; }) result.message = core::error_message(fault.code, fault.argument);
    return result;
  }
}

/// Of a Call: `done` gets its Result, `failed` the Error.
template <typename Call, typename Done, typename Failed>
[[nodiscard]] CallDone call_done(Done done, Failed failed) {
  return [done = std::move(done), failed = std::move(failed)](core::CallResult&& result) {
    if (auto* found = std::get_if<typename Call::Result>(&result))
      done(std::move(*found));
    else if (const auto* fault = std::get_if<core::Error>(&result))
      failed(*fault);
  };
}

/// Of a Call whose Result has a place for an error: `done` gets it in any case.
template <typename Call, typename Done>
requires kTellsFaults<typename Call::Result>
[[nodiscard]] CallDone call_done(Done done) {
  return [done = std::move(done)](core::CallResult&& result) {
    if (auto* found = std::get_if<typename Call::Result>(&result))
      done(std::move(*found));
    else if (const auto* fault = std::get_if<core::Error>(&result))
      done(failed_result<typename Call::Result>(*fault));
  };
}

}  // namespace dialogue::calls
