// Numbers as hexadecimal digits. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace dialogue {

/// Appends the lowest `digits` hexadecimal digits of `value`, in lower case and with leading zeros; `digits` is at most 16.
inline void append_hex(std::string& out, std::uint64_t value, std::size_t digits) {
  char text[16];
  for (std::size_t i = digits; i > 0; value >>= 4) text[--i] = "0123456789abcdef"[value & 15];
  out.append(text, digits);
}

}  // namespace dialogue
