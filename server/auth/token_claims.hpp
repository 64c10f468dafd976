// The claims of a token whose signature is right, judged and turned into an identity. Part of read_token() in token.hpp.
// Pure functions.
#pragma once
#include <string_view>
#include <variant>

#include "server/auth/token.hpp"

namespace dialogue::auth {

[[nodiscard]] std::variant<core::Identity, TokenError> identity_from_claims(std::string_view claims, const TokenPolicy& policy,
                                                                            std::uint64_t unix_s);

}  // namespace dialogue::auth
