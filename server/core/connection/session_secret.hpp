// The secret of a session, with which a later connection resumes it: 128 random bits, followed by the place of its connection,
// in hexadecimal. docs/decisions/091-resuming-sessions.md. Pure.
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
