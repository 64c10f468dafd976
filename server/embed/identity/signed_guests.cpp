// See signed_guests.hpp.
#include "server/embed/identity/signed_guests.hpp"

#include <dialogue/setup_error.hpp>
#include <random>

#include "server/core/access/guest_seal.hpp"
#include "server/core/messages/log_message.hpp"
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

/// A secret that the store gave, or why there is none.
struct Secret {
  core::StoreStatus status = core::StoreStatus::ok;
  std::string key;
};

/// The stored key, or a new one, which is stored. If two servers make one concurrently, both get the first.
Secret kept_secret(store::Store& store, const std::function<void()>& tell_damaged) {
  constexpr int kTriesMax = 3;  // one to find none, one to put it, one to find another's
  Secret secret;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const auto kept = store_answer<store::KeptList>(
        [&](auto done) { store.list_kept({store::KeptKind::secret}, std::move(done)); }, {core::StoreStatus::busy});
    if (kept.status != core::StoreStatus::ok) return {kept.status, {}};
    const store::KeptEntry* const entry = kept.entries.empty() ? nullptr : &kept.entries.front();
    if (entry != nullptr && !entry->is_damaged) return {core::StoreStatus::ok, entry->value};
    if (secret.key.empty()) secret.key = random_key();
    if (!kept.is_kept) return secret;
    if (entry != nullptr) tell_damaged();
    store::KeptChange change{store::KeptKind::secret, {}, secret.key};
    if (entry == nullptr) change.expected_version = 0;  // a damaged entry is useless, and is replaced
    secret.status =
        store_answer<core::StoreStatus>([&](auto done) { store.put_kept({{change}}, std::move(done)); }, core::StoreStatus::busy);
    if (secret.status != core::StoreStatus::stale) return secret;
  }
  return secret;
}

}  // namespace

core::IdentitySource with_signed_guests(core::IdentitySource source, store::Store* store,
                                        const std::function<void(const core::LogLine&)>& log) {
  const auto tell_damaged = [&log] {
    log(core::log_message(core::LogLevel::warn, "guest_secret_damaged",
                          "the key that signs guests' names is damaged: guests get new names"));
  };
  Secret kept = store ? kept_secret(*store, tell_damaged) : Secret{core::StoreStatus::ok, random_key()};
  if (kept.status == core::StoreStatus::busy)
    throw SetupError("store", "it does not respond: another program may have locked the database",
                     "Stop the program that uses it, such as a copy or a sqlite3 shell, and start again.");
  if (kept.status != core::StoreStatus::ok)
    throw SetupError("store", "it cannot return the key that signs guests' ids",
                     "Run `dialogue store check`; with another key, returning guests would publish twice.");
  return core::with_guest_seals(std::move(source), kept.key);
}

}  // namespace dialogue
