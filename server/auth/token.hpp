// JSON Web Tokens (RFC 7519) in their compact form: verified, or made. The order of verification matters: length, outer form,
// header, signature, and only then a claim. A refusal has a fixed sentence as its reason, never a piece of the token. Pure
// functions; safe from any thread.
//
//   auto verdict = read_token(text, keys, policy, unix_s);
//   if (auto* fault = std::get_if<TokenError>(&verdict)) refuse(fault->code, fault->reason);
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/auth/key_set.hpp"
#include "server/core/access/identity.hpp"

namespace dialogue::auth {

inline constexpr std::uint64_t kTokenLeewayS = core::kClockLeewayS;
inline constexpr std::uint64_t kTokenLifeMaxS = 366ULL * 24 * 3600;  ///< longest life of a token; revocations are kept as long

inline constexpr std::size_t kKeysTriedMax =
    8;  ///< for one token: further matches are ignored, because each costs a signature check

inline constexpr std::size_t kRealmPrefixBytesMax = 32;

/// The users of an issuer as a realm of their own: their ids and roles begin with `prefix`, and no other issuer's may.
struct Realm {
  std::string issuer;  ///< `iss`
  std::string prefix;  ///< 1 to kRealmPrefixBytesMax bytes
};
/// Of "ISSUER=PREFIX", split at the last "=".
[[nodiscard]] Realm realm_of(std::string_view text);

/// The required claims of a token, besides its signature.
struct TokenPolicy {
  std::vector<std::string> issuers;    ///< `iss` is one of them; empty: any, or none
  std::vector<std::string> audiences;  ///< one of them must be among `aud`; empty: a token for an audience is refused
  std::vector<Realm> realms = {};      ///< of other issuers the users are all the same
  bool is_bound = false;               ///< the keys are those of `issuers` alone: only then they sign for its realm
};

struct TokenError {
  ErrorCode code = ErrorCode::token_invalid;
  std::string reason;
  bool is_key_missing = false;  ///< a key that is not in the set may be the right one
  bool is_signed = false;       ///< a key of the set has signed it: the fault is in what it says
  std::string missing_kid{};    ///< where a key is missing: of which id; empty: the token names none
};

/// Who the token is for, with its facts. `unix_s` is the time now.
[[nodiscard]] std::variant<core::Identity, TokenError> read_token(std::string_view token, const KeySet& keys,
                                                                  const TokenPolicy& policy, std::uint64_t unix_s);

/// Signs `claims`, a JSON object. Nothing when the key cannot sign.
[[nodiscard]] std::optional<std::string> make_token(std::string_view claims, const Key& key);

}  // namespace dialogue::auth
