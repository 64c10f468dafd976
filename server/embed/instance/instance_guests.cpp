// The key that guests' names are signed with: kept with the logs, so that a name outlives the process as the logs do.
#include <random>

#include "server/core/access/guest_seal.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/store_answer.hpp"

namespace dialogue {
namespace {

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
  if (store)
    kept = store_answer<KeptSecret>([&](auto done) { store->secret(kept.secret, std::move(done)); }, {StoreStatus::busy, {}});
  if (kept.status == StoreStatus::busy)
    throw SetupError("store", "it does not answer: another program may have locked the database",
                     "Stop the program that uses it, such as a copy or a sqlite3 shell, and start again.");
  if (kept.status != StoreStatus::ok)
    throw SetupError("store", "it cannot return the key that signs guests' ids",
                     "Run `dialogue store check`; with another key, returning guests would publish twice.");
  return with_guest_seals(std::move(source), std::move(kept.secret));
}

}  // namespace dialogue
