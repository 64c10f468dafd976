// API keys: secrets of a backend that give it every right. Kept as digests, compared in constant time. Immutable; safe from any
// thread.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/api_types.hpp"

namespace dialogue {

inline constexpr std::size_t kApiKeyBytesMin = 32;

/// Why a text cannot be an API key, or nothing: too short, or a character that cannot stand in `Authorization`.
[[nodiscard]] std::optional<std::string> api_key_fault(std::string_view key);

/// The lines of a key file that are keys: neither empty nor begun by "#".
[[nodiscard]] std::vector<std::string> api_keys_of_file(std::string_view text);

/// A source that knows these keys (each without fault) and refuses all else. It does not say which key was nearest.
[[nodiscard]] CallerSource api_key_source(const std::vector<std::string>& keys);

}  // namespace dialogue
