// Who may come in by a token: the IdentitySource of a server with keys. Holds the keys and what a token must say; a key that is
// not there is fetched where there is a URL. Safe from any thread.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "server/auth/jwks_keys.hpp"
#include "server/auth/token.hpp"
#include "server/core/actions.hpp"
#include "server/core/identity.hpp"

namespace dialogue {

/// How a server checks tokens. Without keys and URL it checks none.
struct TokenSettings {
  KeySet keys;
  std::string jwks_url;
  TokenPolicy policy;
  bool allow_anonymous = false;  ///< who has no token is a guest with a name of chance

  /// Whether it says who may come in.
  [[nodiscard]] bool is_set() const { return !keys.empty() || !jwks_url.empty() || allow_anonymous; }
};

/// Who may come in, and whether that can be told yet.
struct TokenCheck {
  IdentitySource identify;
  std::function<bool()> has_keys;  ///< false: there is a URL, and it has never given keys. Any thread
};
[[nodiscard]] TokenCheck token_check(TokenSettings settings, std::function<void(const LogLine&)> log);

/// The same, where only the first is of interest. The settings' jwks_url must be one. `log` is called on any thread.
[[nodiscard]] IdentitySource token_authority(TokenSettings settings, std::function<void(const LogLine&)> log);

}  // namespace dialogue
