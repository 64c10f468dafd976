// After the text of FIPS 180-4; sections are named where they are followed.
#include "shared/base/sha256.hpp"

#include <algorithm>
#include <cstring>

#include "shared/base/sha256_blocks.hpp"

namespace dialogue {
namespace {

using State = Sha256State;

constexpr State kStart = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The digest of `before` bytes, whole blocks that `state` has, and then these.
Sha256Digest finish(State state, std::size_t before, std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kLengthBytes = 8;
  const std::size_t whole = bytes.size() / kSha256BlockBytes * kSha256BlockBytes, left = bytes.size() - whole;
  add_sha256_blocks(state, bytes.first(whole));
  // Section 5.1.1: a one bit, zeros, and the length in bits at the end of the last block.
  std::uint8_t tail[2 * kSha256BlockBytes] = {};
  if (left > 0) std::memcpy(tail, bytes.data() + whole, left);
  tail[left] = 0x80;
  const std::size_t tail_bytes = left + 1 + kLengthBytes <= kSha256BlockBytes ? kSha256BlockBytes : 2 * kSha256BlockBytes;
  const std::uint64_t bits = static_cast<std::uint64_t>(before + bytes.size()) * 8;
  for (std::size_t i = 0; i < kLengthBytes; ++i) tail[tail_bytes - 1 - i] = static_cast<std::uint8_t>(bits >> (8 * i));
  add_sha256_blocks(state, std::span(tail).first(tail_bytes));
  Sha256Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

}  // namespace

Sha256Digest sha256(std::span<const std::uint8_t> bytes) { return finish(kStart, 0, bytes); }

HmacKey::HmacKey(std::string_view key) : inner_(kStart), outer_(kStart) {
  constexpr std::uint8_t kInner = 0x36, kOuter = 0x5c;
  std::array<std::uint8_t, kSha256BlockBytes> block{};
  if (key.size() > kSha256BlockBytes) {
    const Sha256Digest digest = sha256(bytes_of(key));
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  for (std::uint8_t& byte : block) byte ^= kInner;
  add_sha256_blocks(inner_, block);
  for (std::uint8_t& byte : block) byte ^= kInner ^ kOuter;
  add_sha256_blocks(outer_, block);
}

Sha256Digest HmacKey::sign(std::string_view text) const {
  return finish(outer_, kSha256BlockBytes, finish(inner_, kSha256BlockBytes, bytes_of(text)));
}

}  // namespace dialogue
