// Numbers for the reference validator: a literal as a long row of decimal digits around a fixed point. Slow, and plain to see.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

namespace dialogue::testing {

class FixedNumber {
 public:
  static constexpr std::size_t kPlaces = 400;  ///< on each side of the point: more than any double needs

  /// Nothing when the value does not fit the row.
  static std::optional<FixedNumber> of(const std::string& literal) {
    FixedNumber number;
    const std::size_t e = std::min(literal.find_first_of("eE"), literal.size());
    std::string mantissa = literal.substr(0, e);
    const long exponent = e < literal.size() ? std::strtol(literal.c_str() + e + 1, nullptr, 10) : 0;
    const bool negative = mantissa[0] == '-';
    if (negative) mantissa.erase(0, 1);
    const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
    if (point < mantissa.size()) mantissa.erase(point, 1);
    for (std::size_t i = 0; i < mantissa.size(); ++i) {
      if (mantissa[i] == '0') continue;
      const long place = static_cast<long>(kPlaces) - static_cast<long>(point) + static_cast<long>(i) - exponent;
      if (place < 0 || place >= static_cast<long>(2 * kPlaces)) return std::nullopt;
      number.digits_[static_cast<std::size_t>(place)] = mantissa[i];
      number.negative_ = negative;
    }
    return number;
  }

  [[nodiscard]] bool is_integer() const { return digits_.find_first_not_of('0', kPlaces) == std::string::npos; }

  [[nodiscard]] int compare(const FixedNumber& other) const {
    if (negative_ != other.negative_) return negative_ ? -1 : 1;
    const int order = digits_.compare(other.digits_);
    return (order < 0 ? -1 : order > 0 ? 1 : 0) * (negative_ ? -1 : 1);
  }

  /// By school division. `step` is not 0.
  [[nodiscard]] bool is_multiple_of(const FixedNumber& step) const {
    const std::string divisor = step.digits_.substr(step.digits_.find_first_not_of('0'));
    std::string remainder;
    for (const char digit : digits_) {
      if (!remainder.empty() || digit != '0') remainder += digit;
      while (remainder.size() > divisor.size() || (remainder.size() == divisor.size() && remainder >= divisor))
        subtract(remainder, divisor);
    }
    return remainder.empty();
  }

 private:
  static void subtract(std::string& from, const std::string& what) {
    int borrow = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
      int digit = from[from.size() - 1 - i] - '0' - borrow - (i < what.size() ? what[what.size() - 1 - i] - '0' : 0);
      borrow = digit < 0 ? 1 : 0;
      from[from.size() - 1 - i] = static_cast<char>('0' + digit + 10 * borrow);
    }
    from.erase(0, std::min(from.find_first_not_of('0'), from.size()));
  }

  bool negative_ = false;
  std::string digits_ = std::string(2 * kPlaces, '0');
};

}  // namespace dialogue::testing
