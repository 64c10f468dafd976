// The key that signs guests' names: kept in the store, so that a name outlives the process as logs do.
#pragma once
#include <functional>

#include "server/core/access/identity.hpp"
#include "server/core/messages/actions.hpp"
#include "server/store/store.hpp"

namespace dialogue {

/// Returns the source with signed names of guests. Throws SetupError if the store, which may be null, does not return its key.
[[nodiscard]] core::IdentitySource with_signed_guests(core::IdentitySource source, store::Store* store,
                                                      const std::function<void(const core::LogLine&)>& log);

}  // namespace dialogue
