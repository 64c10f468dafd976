// The key that guests' names are signed with: kept with the logs, so that a name outlives the process as the logs do.
#include <chrono>
#include <future>
#include <random>

#include "server/core/guest_seal.hpp"
#include "server/instance_state.hpp"

namespace dialogue {
namespace {

constexpr auto kLoadTimeMax = std::chrono::seconds(60);

std::string random_key() {
  constexpr std::size_t kBytes = 32;
  std::random_device device;
  std::string key;
  while (key.size() < kBytes) key += static_cast<char>(device());
  return key;
}

}  // namespace

IdentitySource Instance::State::sealing_guests(IdentitySource source) const {
  KeptSecret kept{StoreStatus::ok, random_key()};
  if (config.store) {
    const auto promise = std::make_shared<std::promise<KeptSecret>>();
    auto answer = promise->get_future();
    config.store->secret(kept.secret, [promise](KeptSecret found) { promise->set_value(std::move(found)); });
    const bool is_there = answer.wait_for(kLoadTimeMax) == std::future_status::ready;
    kept = is_there ? answer.get() : KeptSecret{StoreStatus::busy, {}};
  }
  if (kept.status != StoreStatus::ok)
    throw SetupError("store", "it does not say which key guests' names are signed with",
                     "Look with `dialogue store check`; with another key guests who come back would publish twice.");
  return with_guest_seals(std::move(source), std::move(kept.secret));
}

}  // namespace dialogue
