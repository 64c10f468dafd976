// One answer of a store, waited for: while a server starts, before anybody is served.
#pragma once
#include <chrono>
#include <future>
#include <memory>
#include <utility>

namespace dialogue {

inline constexpr auto kStoreLoadTimeMax = std::chrono::seconds(60);

/// Calls `request(done)` and waits; gives `late` when no answer has come in kStoreLoadTimeMax.
template <typename Answer, typename Request>
[[nodiscard]] Answer store_answer(const Request& request, Answer late) {
  const auto promise = std::make_shared<std::promise<Answer>>();
  auto answer = promise->get_future();
  request([promise](Answer given) { promise->set_value(std::move(given)); });
  return answer.wait_for(kStoreLoadTimeMax) == std::future_status::ready ? answer.get() : late;
}

}  // namespace dialogue
