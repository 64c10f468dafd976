// One pass, one copy.
#include "shared/base/percent.hpp"

#include <array>

namespace dialogue {
namespace {

constexpr unsigned char kNoHexDigit = 16;

/// The value of each byte as a hexadecimal digit; kNoHexDigit for other bytes.
constexpr auto kDigitValues = [] {
  std::array<unsigned char, 256> values{};
  for (unsigned char& value : values) value = kNoHexDigit;
  for (unsigned digit = 0; digit < 10; ++digit) values['0' + digit] = static_cast<unsigned char>(digit);
  for (unsigned digit = 10; digit < 16; ++digit)
    values['a' + digit - 10] = values['A' + digit - 10] = static_cast<unsigned char>(digit);
  return values;
}();

unsigned digit_value(char c) { return kDigitValues[static_cast<unsigned char>(c)]; }

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded(text.size(), '\0');
  char* out = decoded.data();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      *out++ = text[i];
      continue;
    }
    if (text.size() - i < 3) return {};
    const unsigned high = digit_value(text[i + 1]), low = digit_value(text[i + 2]);
    if ((high | low) >= kNoHexDigit) return {};
    *out++ = static_cast<char>(high << 4 | low);
    i += 2;
  }
  decoded.resize(static_cast<std::size_t>(out - decoded.data()));
  return decoded;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size() * 3);
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.append({'%', kDigits[byte >> 4], kDigits[byte & 0xf]});
  }
  return encoded;
}

}  // namespace dialogue
