// See printable.hpp. Bytes that are not UTF-8 stay as they are.
#include "shared/base/printable.hpp"

#include <cstddef>
#include <cstdint>

namespace dialogue {
namespace {

struct Control {
  std::size_t size = 0;  ///< in bytes; 0: there is none
  std::uint32_t character = 0;
};

/// The one with which `text` begins; `text` has a byte at least.
Control control_at(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (byte(0) < 0x20 || byte(0) == 0x7F) return {1, byte(0)};
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) return {2, byte(1)};
  if (byte(0) == 0xC2 && byte(1) == 0xAD) return {2, 0x00AD};
  if (byte(0) == 0xD8 && byte(1) == 0x9C) return {2, 0x061C};
  if (text.starts_with("\xEF\xBB\xBF")) return {3, 0xFEFF};
  if (text.starts_with("\xF3\xA0") && (byte(2) == 0x80 || byte(2) == 0x81) && byte(3) >= 0x80 && byte(3) < 0xC0)
    return {4, 0xE0000 | (byte(2) & 0x3FU) << 6 | (byte(3) & 0x3FU)};
  if (byte(0) != 0xE2 || byte(1) < 0x80 || byte(1) > 0x81) return {};
  const std::uint32_t character = 0x2000 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
  const bool is_one = (character >= 0x2060 && character <= 0x2064) || character == 0x200B || character == 0x200E ||
                      character == 0x200F || (character >= 0x2028 && character <= 0x202E) ||
                      (character >= 0x2066 && character <= 0x2069);
  return is_one && byte(2) >= 0x80 ? Control{3, character} : Control{};
}

template <typename Replace>
std::string replaced(std::string_view text, const Replace& replace) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const Control control = control_at(text.substr(i));
    if (control.size == 0)
      out += text[i];
    else
      replace(out, control.character);
    i += control.size == 0 ? 1 : control.size;
  }
  return out;
}

void append_escape(std::string& out, std::uint32_t character) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::uint32_t kPlane = 0x10000;
  if (character >= kPlane) {  // two halves, as of UTF-16
    append_escape(out, 0xD800 | (character - kPlane) >> 10);
    return append_escape(out, 0xDC00 | (character & 0x3FFU));
  }
  out += "\\u";
  for (unsigned shift = 16; shift > 0;) out += kDigits[character >> (shift -= 4) & 0xFU];
}

}  // namespace

std::string printable(std::string_view text) {
  return replaced(text, [](std::string& out, std::uint32_t) { out += '?'; });
}

std::string printable_json(std::string_view json) {
  return replaced(json, [](std::string& out, std::uint32_t character) {
    if (character == '\n' || character == '\r' || character == '\t')
      out += static_cast<char>(character);  // within a string it would be no JSON
    else
      append_escape(out, character);
  });
}

}  // namespace dialogue
