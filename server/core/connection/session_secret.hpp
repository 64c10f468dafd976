// The secret of a session, by which a later connection goes on with it: 128 bits that cannot be guessed, then where its
// connection is, in hexadecimal. docs/decisions/091-resuming-sessions.md. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/core/messages/handles.hpp"

namespace dialogue::core {

inline constexpr std::size_t kSecretDigits = 32, kShardDigits = 4, kConnectionDigits = 16;
inline constexpr std::size_t kSessionSecretDigits = kSecretDigits + kShardDigits + kConnectionDigits;

/// Where the session's connection is, or was. Nothing where that cannot be: who made the secret is not checked.
[[nodiscard]] std::optional<Address> place_of_session(std::string_view secret, std::uint32_t shard_count);

}  // namespace dialogue::core
