// SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104). Native only: the fingerprint of a catalogue is stored in it, clients do not
// compute it. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace dialogue {

using Sha256Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha256Digest sha256(std::span<const std::uint8_t> bytes);

/// A key of HMAC-SHA256. Its two blocks are hashed once: to sign a text of up to 55 bytes takes two blocks more.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key);
  [[nodiscard]] Sha256Digest sign(std::string_view text) const;

 private:
  std::array<std::uint32_t, 8> inner_, outer_;
};

}  // namespace dialogue
