// The callbacks of an embedding program's call: with its result, or with one error. The shards have only the call's number
// (server/core/messages/application_calls.hpp). Functions of their arguments.
#pragma once
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/messages/application_calls.hpp"
#include "server/core/messages/frame_text.hpp"

namespace dialogue::calls {

/// Called once per call, with its Result or an Error.
using CallDone = std::function<void(core::CallResult&&)>;

/// Whether a Result can carry an error.
template <typename Result>
inline constexpr bool kTellsFaults = std::is_same_v<Result, ErrorCode> || requires(Result result) {
  result.fault;
};

/// Makes a Result that carries the error.
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

/// Replaces a PartialResult by the result in it. Returns the nodes whose part is missing; empty if the result is complete.
[[nodiscard]] inline std::vector<std::string> take_missing(core::CallResult& result) {
  auto* const partial = std::get_if<core::PartialResult>(&result);
  if (partial == nullptr) return {};
  core::PartialResult taken = std::move(*partial);
  result = core::CallResult(*taken.result);
  return std::move(taken.missing);
}

/// Calls `done` with the Result, and with the nodes whose part is missing if `done` has a parameter for them.
template <typename Result, typename Done>
void pass_result(const Done& done, Result&& result, std::vector<std::string>&& missing) {
  if constexpr (std::is_invocable_v<const Done&, Result, std::vector<std::string>>)
    done(std::move(result), std::move(missing));
  else
    done(std::move(result));
}

/// Makes the callback of a Call: it passes a Result to `done`, and an Error to `failed`.
template <typename Call, typename Done, typename Failed>
[[nodiscard]] CallDone call_done(Done done, Failed failed) {
  return [done = std::move(done), failed = std::move(failed)](core::CallResult&& result) {
    std::vector<std::string> missing = take_missing(result);
    if (auto* found = std::get_if<typename Call::Result>(&result))
      pass_result(done, std::move(*found), std::move(missing));
    else if (const auto* fault = std::get_if<core::Error>(&result))
      failed(*fault);
  };
}

/// Makes the callback of a Call whose Result can carry an error: it passes both to `done`.
template <typename Call, typename Done>
requires kTellsFaults<typename Call::Result>
[[nodiscard]] CallDone call_done(Done done) {
  return [done = std::move(done)](core::CallResult&& result) {
    std::vector<std::string> missing = take_missing(result);
    if (auto* found = std::get_if<typename Call::Result>(&result))
      pass_result(done, std::move(*found), std::move(missing));
    else if (const auto* fault = std::get_if<core::Error>(&result))
      pass_result(done, failed_result<typename Call::Result>(*fault), {});
  };
}

}  // namespace dialogue::calls
