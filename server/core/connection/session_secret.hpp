// The secret of a session, with which a later connection resumes it, in hexadecimal: its line, which the session shares with
// those that it resumes (16 bits of the process and 112 random ones), and the place of its connection.
// docs/decisions/091-resuming-sessions.md. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/core/messages/handles.hpp"

namespace dialogue::core {

inline constexpr std::size_t kLineTagDigits = 4, kLineDigits = 32, kShardDigits = 4, kConnectionDigits = 16;
inline constexpr std::size_t kSessionSecretDigits = kLineDigits + kShardDigits + kConnectionDigits;

/// Returns the line of a secret; empty if the text cannot be a secret. It may be forged: its origin is not checked.
[[nodiscard]] std::string_view line_of(std::string_view secret);

/// Returns the address that the session's connection has or had; no value if the text cannot be a secret. It may be forged: its
/// origin is not checked.
[[nodiscard]] std::optional<Address> place_of_session(std::string_view secret, std::uint32_t shard_count);

}  // namespace dialogue::core
