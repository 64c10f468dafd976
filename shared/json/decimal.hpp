// Numbers as the decimal digits of the text: compared exactly, without floating point, so that both ends agree on 0.1, 1e400
// and four hundred digits. Why: docs/decisions/011-decimal-comparison.md. Borrows its text; safe from any thread.
#pragma once
#include <cstdint>
#include <string_view>

namespace dialogue {

/// A JSON number taken apart: sign * 0.DIGITS * 10^scale, where DIGITS has no zero at either end. Zero has no digits and no sign.
struct Decimal {
  bool negative = false;
  std::uint32_t count = 0;  ///< digits
  std::int32_t scale = 0;
  const char* begin = nullptr;  ///< the first digit in the text; a point may stand between two digits
};

/// `text` is a valid JSON number. Exponents beyond +-10^8 count as about +-10^8.
[[nodiscard]] Decimal parse_decimal(std::string_view text);

/// Steps through a decimal's digits: next() is 0 after the last one.
class DecimalDigits {
 public:
  explicit DecimalDigits(const Decimal& decimal) : at_(decimal.begin), left_(decimal.count) {}
  [[nodiscard]] std::uint32_t next();

 private:
  const char* at_;
  std::uint32_t left_;
};

/// -1, 0 or 1 as `a` is below, equal to or above `b`.
[[nodiscard]] int compare(const Decimal& a, const Decimal& b);

/// Whether the value has no fraction: 1.0 and 1e2 have none.
[[nodiscard]] inline bool is_integer(const Decimal& value) {
  return value.count == 0 || static_cast<std::int32_t>(value.count) <= value.scale;
}

/// Whether value / step is an integer, exactly. `step` is above 0 and has at most kMultipleDigitsMax digits.
[[nodiscard]] bool is_multiple(const Decimal& value, const Decimal& step);

}  // namespace dialogue
