// Lets a user without an account keep the generated user id. Such a name is made from 64 random bits. WELCOME returns them
// after the session's secret, sealed with a key of the server, and the next HELLO with the seal is authenticated with the same
// bits. A seal cannot be made without the key. docs/decisions/235-stable-guest-ids.md
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/access/identity.hpp"
#include "shared/base/sha256.hpp"

namespace dialogue::core {

/// The bits in hexadecimal, and 128 bits of HMAC-SHA256 over them.
inline constexpr std::size_t kGuestSealDigits = 16 + 32;

/// Pure functions; `key` is that of a secret, which is not empty.
[[nodiscard]] std::string guest_seal(const HmacKey& key, std::uint64_t random);
/// Returns the random bits in a seal; no value unless guest_seal() made it with the same key.
[[nodiscard]] std::optional<std::uint64_t> open_guest_seal(const HmacKey& key, std::string_view seal);

/// Asks `source` with the random bits that a question's seal holds, where it holds any, and seals those bits into each identity
/// that needed no token. As safe to call as `source`.
[[nodiscard]] IdentitySource with_guest_seals(IdentitySource source, std::string_view secret);

}  // namespace dialogue::core
