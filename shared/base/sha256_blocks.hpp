// The compression function of SHA-256 (FIPS 180-4 section 6.2.2), by the processor's own instructions if it has them. Pure.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dialogue {

using Sha256State = std::array<std::uint32_t, 8>;
inline constexpr std::size_t kSha256BlockBytes = 64;

/// Adds whole blocks, by the processor's instructions if it has them; ignores an incomplete block at the end.
void add_sha256_blocks(Sha256State& state, std::span<const std::uint8_t> blocks);

/// Like add_sha256_blocks(), but without special instructions, for any processor.
void add_sha256_blocks_portably(Sha256State& state, std::span<const std::uint8_t> blocks);

}  // namespace dialogue
