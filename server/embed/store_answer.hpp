// Waits for one answer of a store: while a server starts, before it serves.
#pragma once
#include <chrono>
#include <dialogue/setup_error.hpp>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "server/store/store.hpp"

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

/// All entries of a kind. Throws SetupError, with `what` they are of, when the store does not answer.
[[nodiscard]] inline store::KeptList kept_section(store::Store& store, store::KeptKind kind, const std::string& what) {
  store::KeptList late;
  late.status = core::StoreStatus::busy;
  auto list = store_answer<store::KeptList>([&](auto done) { store.list_kept({kind}, std::move(done)); }, std::move(late));
  if (list.status != core::StoreStatus::ok)
    throw SetupError("store", "it does not answer what it has of " + what, "Check the store.");
  return list;
}

}  // namespace dialogue
