// The JSON scanner: RFC 8259 syntax and UTF-8 well-formedness over borrowed bytes, one pass, no allocation, no recursion.
// The pull reader, the validator and the frame codec are built on these few functions; none of them makes a tree.
// Pure; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/base/errors.hpp"

namespace dialogue {

/// A place in a text that has another owner.
struct JsonCursor {
  const char* at;
  const char* end;

  /// The byte here, 0 at the end; a NUL in the text is never valid JSON, so the two need not be distinguished.
  [[nodiscard]] char peek() const { return at < end ? *at : '\0'; }
  /// Steps over `c` when it stands here.
  bool accept(char c) {
    if (peek() != c) return false;
    ++at;
    return true;
  }
  void skip_space() {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
  }
  /// Whether only white space is left; the cursor is then at the end.
  [[nodiscard]] bool only_space_left() {
    skip_space();
    return at == end;
  }
};

/// A JSON string as it stands in the text, without its quotes.
struct JsonString {
  const char* begin = nullptr;
  const char* end = nullptr;
  std::uint32_t code_points = 0;
  [[nodiscard]] std::string_view raw() const { return {begin, static_cast<std::size_t>(end - begin)}; }
};

/// What next_code_point returns instead of a code point.
inline constexpr std::int32_t kTextEnd = -1, kTextSyntax = -2, kTextUtf8 = -3;

/// One code point of a string's content with its escapes resolved; negative at the end of the text or at a fault
/// (kTextUtf8 is RFC 3629: overlong, surrogate, above U+10FFFF, cut; and an escaped surrogate without its other half).
[[nodiscard]] std::int32_t next_code_point(JsonCursor& cursor);

/// Reads the string whose opening quote stands at the cursor. Fails with json_syntax or json_utf8, the cursor at the fault.
[[nodiscard]] ErrorCode scan_string(JsonCursor& cursor, JsonString& string);

/// Reads the number at the cursor (RFC 8259 section 6): any count of digits, any exponent. Fails with json_syntax.
[[nodiscard]] ErrorCode scan_number(JsonCursor& cursor);

/// Reads 0 to 2^53-1 written as digits only, without needless zeros in front; returns false if the text is anything else.
[[nodiscard]] bool scan_integer(JsonCursor& cursor, std::uint64_t& value);

/// Reads `true`, `false` or `null`. Fails with json_syntax.
[[nodiscard]] ErrorCode scan_literal(JsonCursor& cursor);

/// Reads a string, a colon and the white space around it. Fails with json_syntax or json_utf8.
[[nodiscard]] ErrorCode scan_key(JsonCursor& cursor, JsonString& key);

/// Reads one whole value after white space, of any type, inside `depth` arrays and objects that are open already.
/// Fails with json_syntax, json_utf8 or json_depth. Work is linear, memory constant.
[[nodiscard]] ErrorCode skip_value(JsonCursor& cursor, std::uint32_t depth);

/// UTF-8 of one code point (0 to 10FFFF, no surrogate) into `out`, which has room for 4 bytes; returns how many were written.
std::size_t encode_utf8(std::int32_t code_point, char* out);

}  // namespace dialogue
