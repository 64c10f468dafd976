// Three bytes are four letters; what is left over at the end are two or three, whose unused bits are 0.
#include "server/auth/base64url.hpp"

#include <array>
#include <cstdint>

namespace dialogue {
namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr unsigned kBitsPerLetter = 6, kBitsPerByte = 8;
constexpr std::uint8_t kNoLetter = 64;

constexpr std::array<std::uint8_t, 256> values() {
  std::array<std::uint8_t, 256> table{};
  table.fill(kNoLetter);
  for (std::size_t i = 0; i < kLetters.size(); ++i) table[static_cast<unsigned char>(kLetters[i])] = static_cast<std::uint8_t>(i);
  return table;
}

}  // namespace

std::string encode_base64url(std::string_view bytes) {
  std::string text;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    held = held << kBitsPerByte | static_cast<unsigned char>(byte);
    for (bits += kBitsPerByte; bits >= kBitsPerLetter;)
      text += kLetters[held >> (bits -= kBitsPerLetter) & (kLetters.size() - 1)];
  }
  if (bits > 0) text += kLetters[held << (kBitsPerLetter - bits) & (kLetters.size() - 1)];
  return text;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  static constexpr auto kValues = values();
  std::string bytes;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char letter : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(letter)];
    if (value == kNoLetter) return std::nullopt;
    held = held << kBitsPerLetter | value;
    bits += kBitsPerLetter;
    if (bits >= kBitsPerByte) bytes += static_cast<char>(held >> (bits -= kBitsPerByte));
  }
  const bool is_whole = bits < kBitsPerLetter && (held & ((1U << bits) - 1)) == 0;
  return is_whole ? std::optional<std::string>(std::move(bytes)) : std::nullopt;
}

}  // namespace dialogue
