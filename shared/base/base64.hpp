// Base64 (RFC 4648 section 4, with padding): how a catalogue travels in WELCOME and in generated TypeScript.
// Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue {

[[nodiscard]] std::string encode_base64(std::span<const std::uint8_t> bytes);

/// The number of characters of encode_base64 for this number of bytes.
[[nodiscard]] constexpr std::uint64_t encoded_size(std::uint64_t bytes) { return bytes / 3 * 4 + (bytes % 3 == 0 ? 0 : 4); }

/// Decodes a text; returns no value if it is not one that encode_base64() returns for some bytes.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text);

}  // namespace dialogue
