// Revocations of tokens, and their stored form. Plain values.
#pragma once
#include <cstdint>
#include <string>

namespace dialogue::core {

inline constexpr std::uint64_t kClockLeewayS = 30;  ///< by how much the clocks of issuers and servers may differ

/// Revoked tokens: the one with this id, or those of this user, or all, that were issued before a time. Empty members do not
/// select; a token without a time of issue counts as issued long ago.
struct Revocation {
  std::string token_id, user_id;
  std::uint64_t issued_before_s = 0;  ///< Unix time; ignored if token_id is set
  bool is_exact = false;              ///< the time is of the issuer's clock; otherwise kClockLeewayS counts on both sides
  std::uint64_t key = 0;              ///< those of a removed key or JWKS URL (TokenFacts::key), and no others; 0: none
  friend bool operator==(const Revocation&, const Revocation&) = default;
};

/// A stored revocation. The store keeps it until no token that it covers can still be valid.
struct KeptRevocation {
  Revocation what;
  std::uint64_t forget_at_s = 0;  ///< Unix time
};

}  // namespace dialogue::core
