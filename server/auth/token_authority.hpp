// Authenticates clients by tokens: the IdentitySource of a server with keys. Holds the keys and the requirements of tokens. A
// missing key is fetched if there is a URL. Safe from any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/auth/jwks_keys.hpp"
#include "server/auth/token.hpp"
#include "server/core/access/identity.hpp"
#include "server/core/messages/actions.hpp"

namespace dialogue::auth {

/// A JWKS URL, and the issuer of the tokens that its keys check.
struct JwksSource {
  std::string url;
  std::string issuer{};  ///< its keys check tokens with this `iss` alone; empty: with any that the policy allows
};

/// Parses "URL" or "ISSUER=URL"; the URL begins behind the "=" of the first "=http://" or "=https://".
[[nodiscard]] JwksSource jwks_source(std::string_view text);

inline constexpr std::size_t kJwksSourcesMax = 8;  ///< each has a thread, and may be tried for a token

/// The settings by which a server checks tokens. Without keys and URLs, it accepts none.
struct TokenSettings {
  KeySet keys;
  std::vector<JwksSource> jwks;  ///< at most kJwksSourcesMax
  TokenPolicy policy;
  bool anonymous = false;  ///< a client without a token is a guest with a random name

  /// Whether any way to authenticate is configured.
  [[nodiscard]] bool is_set() const { return !keys.empty() || !jwks.empty() || anonymous; }
};

/// Returns which requirement is missing for the users of realms to be distinct from others: a JWKS URL for each realm's issuer
/// alone, one realm per issuer, and prefixes of which none is the beginning of another. No value: all are met.
[[nodiscard]] std::optional<std::string> fault_in_realms(const TokenSettings& settings);
/// Whether tokens of several issuers may name one user, since their keys are bound to them and no realm keeps them apart.
[[nodiscard]] bool is_user_of_several_issuers(const TokenSettings& settings);

/// What admitted clients under the settings `before` and does not under `now`, by core::TokenFacts::key: keys of files, and JWKS
/// URLs that are gone, or are for another issuer or realm. A key that leaves an answer of its URL is not gone in this sense.
[[nodiscard]] std::vector<std::uint64_t> keys_gone(const TokenSettings& before, const TokenSettings& now);

/// The identity source, and whether it has keys yet.
struct TokenCheck {
  core::IdentitySource identify;
  std::function<bool()> has_keys;  ///< false: there are URLs, and none has ever given keys. Any thread
};
/// The settings' URLs must be http or https. A key of one source never checks a token of another's issuer. `log` is called on any
/// thread.
[[nodiscard]] TokenCheck token_check(TokenSettings settings, std::function<void(const core::LogLine&)> log);

/// Returns the `identify` of token_check().
[[nodiscard]] core::IdentitySource token_authority(TokenSettings settings, std::function<void(const core::LogLine&)> log);

}  // namespace dialogue::auth
