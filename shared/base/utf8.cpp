#include "shared/base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace dialogue {
namespace {

/// How many continuation bytes follow `lead`, and the range of the first of them; RFC 3629 section 4. Zero: `lead` cannot start a
/// character.
struct Sequence {
  std::size_t continuations;
  unsigned char first_min, first_max;
};

Sequence sequence_of(unsigned char lead) {
  if (lead >= 0xc2 && lead <= 0xdf) return {1, 0x80, 0xbf};
  if (lead == 0xe0) return {2, 0xa0, 0xbf};  // below: overlong
  if (lead == 0xed) return {2, 0x80, 0x9f};  // above: surrogates
  if (lead >= 0xe1 && lead <= 0xef) return {2, 0x80, 0xbf};
  if (lead == 0xf0) return {3, 0x90, 0xbf};  // below: overlong
  if (lead >= 0xf1 && lead <= 0xf3) return {3, 0x80, 0xbf};
  if (lead == 0xf4) return {3, 0x80, 0x8f};  // above: more than U+10FFFF
  return {0, 0, 0};
}

/// Skips ASCII eight bytes at a time; most messages are nothing else.
const unsigned char* skip_ascii(const unsigned char* at, const unsigned char* end) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  for (std::uint64_t word; end - at >= static_cast<std::ptrdiff_t>(sizeof word); at += sizeof word) {
    std::memcpy(&word, at, sizeof word);
    if (word & kHighBits) break;
  }
  while (at != end && *at < 0x80) ++at;
  return at;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = at + bytes.size();
  while ((at = skip_ascii(at, end)) != end) {
    const Sequence sequence = sequence_of(*at++);
    if (sequence.continuations == 0 || static_cast<std::size_t>(end - at) < sequence.continuations) return false;
    if (*at < sequence.first_min || *at > sequence.first_max) return false;
    for (std::size_t i = 1; i < sequence.continuations; ++i)
      if ((at[i] & 0xc0) != 0x80) return false;
    at += sequence.continuations;
  }
  return true;
}

}  // namespace dialogue
