// How the public calls give their answers: as a future, and from what a shard has answered.
#pragma once
#include <future>
#include <memory>
#include <utility>

#include "server/embed/answer_once.hpp"
#include "server/host/server.hpp"

namespace dialogue {

inline constexpr const char* kNotRunning = "The server is not running.";

/// Calls `ask` with a callback, and gives the future that the callback fulfils.
template <typename Result, typename Ask>
std::future<Result> as_future(Ask ask) {
  auto promise = std::make_shared<std::promise<Result>>();
  auto future = promise->get_future();
  ask([promise](Result result) { promise->set_value(std::move(result)); });
  return future;
}

/// For a call whose result is passed unchanged. Without a result, the answer is dropped, and its stand-in given.
template <typename Call, typename Result = typename Call::Result>
calls::CallDone forward_result(const std::shared_ptr<Answer<Result>>& answer) {
  return calls::call_done<Call>([answer](Result result) { answer->give(std::move(result)); }, [](const core::Error&) {});
}

/// For a call whose result becomes `as(result)`. Without one, the stand-in has the reason, on the thread for callbacks.
template <typename Call, typename Result, typename As>
calls::CallDone convert_result(const std::shared_ptr<Answer<Result>>& answer, As as) {
  return calls::call_done<Call>(
      [answer, as](typename Call::Result result) { answer->give(as(std::move(result))); },
      [answer, as](const core::Error& fault) { answer->otherwise(as(calls::failed_result<typename Call::Result>(fault))); });
}

}  // namespace dialogue
