// Iterates over a string's code points with one code point of lookahead: the base of the grammars in formats.cpp. A small
// value: copy it to backtrack. Borrows its text.
#pragma once
#include <cstdint>

#include "shared/json/json_scanner.hpp"

namespace dialogue {

class TextMatcher {
 public:
  explicit TextMatcher(const JsonString& string) : length(string.code_points), cursor_{string.begin, string.end} { advance(); }

  [[nodiscard]] std::int32_t next() const { return next_; }
  [[nodiscard]] bool at_end() const { return next_ < 0; }
  void advance() { next_ = next_code_point(cursor_); }

  bool accept(char c) {
    if (next_ != c) return false;
    advance();
    return true;
  }
  /// `lower`, in either case.
  bool accept_word(const char* lower) {
    for (; *lower != '\0'; ++lower, advance())
      if (next_ != *lower && (!is_letter() || (next_ | 0x20) != *lower)) return false;
    return true;
  }
  [[nodiscard]] bool is_digit() const { return next_ >= '0' && next_ <= '9'; }
  [[nodiscard]] bool is_letter() const { return (next_ | 0x20) >= 'a' && (next_ | 0x20) <= 'z' && next_ < 0x80; }
  [[nodiscard]] bool is_hex() const { return is_digit() || (is_letter() && (next_ | 0x20) <= 'f'); }
  [[nodiscard]] bool is_any_of(const char* characters) const {
    for (; *characters != '\0'; ++characters)
      if (next_ == *characters) return true;
    return false;
  }
  /// Exactly `count` decimal digits whose value is from 0 to `max`; -1 when something else stands here.
  int number(int count, int max) {
    int value = 0;
    for (; count > 0; --count, advance()) {
      if (!is_digit()) return -1;
      value = value * 10 + (next_ - '0');
    }
    return value <= max ? value : -1;
  }

  std::uint32_t length;  ///< in code points; what a format counts instead

 private:
  JsonCursor cursor_;
  std::int32_t next_ = kTextEnd;
};

}  // namespace dialogue
