// Comparison digit by digit; divisibility by long division with a remainder that fits 64 bits.
#include "shared/json/decimal.hpp"

#include <algorithm>

namespace dialogue {
namespace {

constexpr std::int32_t kExponentMax = 100'000'000;  // above any count of digits that a text can hold

std::int32_t parse_exponent(std::string_view text) {
  const bool negative = text[0] == '-';
  std::int32_t value = 0;
  for (const char c : text)
    if (c >= '0' && c <= '9') value = std::min(kExponentMax, value * 10 + (c - '0'));
  return negative ? -value : value;
}

/// Of two values of the same sign.
int compare_magnitudes(const Decimal& a, const Decimal& b) {
  if (a.scale != b.scale) return a.scale < b.scale ? -1 : 1;
  DecimalDigits a_digits(a), b_digits(b);
  for (std::uint32_t left = std::max(a.count, b.count); left > 0; --left) {
    const std::uint32_t a_digit = a_digits.next(), b_digit = b_digits.next();
    if (a_digit != b_digit) return a_digit < b_digit ? -1 : 1;
  }
  return 0;
}

int sign(const Decimal& value) { return value.count == 0 ? 0 : value.negative ? -1 : 1; }

}  // namespace

Decimal parse_decimal(std::string_view text) {
  Decimal result;
  std::int32_t seen = 0, before_point = -1, first = 0;  // digits seen; ordinals of digits
  std::size_t i = text[0] == '-' ? 1 : 0;
  for (; i < text.size() && (text[i] | 0x20) != 'e'; ++i) {
    if (text[i] == '.') {
      before_point = seen;
      continue;
    }
    if (text[i] != '0') {
      if (result.count == 0) {
        first = seen;
        result.begin = text.data() + i;
      }
      result.count = static_cast<std::uint32_t>(seen - first + 1);
    }
    ++seen;
  }
  if (result.count == 0) return result;
  result.negative = text[0] == '-';
  result.scale = (before_point < 0 ? seen : before_point) - first;
  if (i < text.size()) result.scale += parse_exponent({text.data() + i + 1, text.size() - i - 1});
  return result;
}

std::uint32_t DecimalDigits::next() {
  if (left_ == 0) return 0;
  --left_;
  if (*at_ == '.') ++at_;
  return static_cast<std::uint32_t>(*at_++ - '0');
}

int compare(const Decimal& a, const Decimal& b) {
  const int a_sign = sign(a), b_sign = sign(b);
  if (a_sign != b_sign) return a_sign < b_sign ? -1 : 1;
  return a_sign < 0 ? compare_magnitudes(b, a) : a_sign == 0 ? 0 : compare_magnitudes(a, b);
}

bool is_multiple(const Decimal& value, const Decimal& step) {
  if (value.count == 0) return true;
  // Both as whole numbers: value = v * 10^shift steps' last places. Neither ends in 0, so a value with more places is no
  // multiple.
  const std::int32_t shift = value.scale - step.scale + static_cast<std::int32_t>(step.count - value.count);
  if (shift < 0) return false;
  std::uint64_t divisor = 0, remainder = 0;
  DecimalDigits step_digits(step), value_digits(value);
  for (std::uint32_t i = 0; i < step.count; ++i) divisor = divisor * 10 + step_digits.next();
  for (std::uint32_t i = 0; i < value.count; ++i) remainder = (remainder * 10 + value_digits.next()) % divisor;
  // The divisor is below 10^17 < 2^57: after 57 powers of ten every 2 and 5 in it is used up, and more change nothing.
  constexpr std::int32_t kPowersThatMatter = 57;
  for (std::int32_t i = std::min(shift, kPowersThatMatter); i > 0; --i) remainder = remainder * 10 % divisor;
  return remainder == 0;
}

}  // namespace dialogue
