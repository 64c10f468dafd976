// JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037 section 2) into keys. Part of read_keys() in key_set.hpp.
// Pure functions.
#pragma once
#include <string_view>
#include <variant>

#include "server/auth/key_set.hpp"

namespace dialogue::auth {

/// One key, or what `keys` of a set holds.
[[nodiscard]] std::variant<KeySet::Keys, KeyError> keys_from_json(std::string_view text, KeyOrigin origin,
                                                                  PassedOver* passed_over = nullptr);

}  // namespace dialogue::auth
