// The hooks of the Dialogue server: whether a user may connect, join a room or publish there, decided by chat.db.
#pragma once
#include <dialogue/dialogue.hpp>

#include "apps/chat/api/http_routes.hpp"
#include "apps/chat/api/service.hpp"

namespace chat {

/// For Config::async_authenticator: access tokens. The identity ends with the token, and clients renew it.
[[nodiscard]] dialogue::IdentitySource authenticator(Service& service, CallThreads& threads);

/// The hooks of join and publish. `server` does not listen yet; `service` outlives it.
void add_hooks(dialogue::Instance& server, Service& service, CallThreads& threads);

}  // namespace chat
