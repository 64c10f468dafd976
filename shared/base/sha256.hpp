// SHA-256 (FIPS 180-4). Native only: the fingerprint of a catalogue is stored in it, clients do not compute it. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace dialogue {

[[nodiscard]] std::array<std::uint8_t, 32> sha256(std::span<const std::uint8_t> bytes);

}  // namespace dialogue
