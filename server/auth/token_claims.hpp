// The claims of a token whose signature is right, judged and turned into an identity. Part of read_token() in token.hpp.
// Pure functions.
#pragma once
#include <cstdint>
#include <string_view>
#include <variant>

#include "server/auth/token.hpp"

namespace dialogue::auth {

/// When a signature was found right, and the number of the key that made it.
struct Verified {
  std::uint64_t unix_s = 0, key = 0;
};

[[nodiscard]] std::variant<core::Identity, TokenError> identity_from_claims(std::string_view claims, const TokenPolicy& policy,
                                                                            Verified verified);

}  // namespace dialogue::auth
