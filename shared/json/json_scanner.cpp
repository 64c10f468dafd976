// Syntax by RFC 8259, characters by RFC 3629; every function stops at the first byte that is wrong.
#include "shared/json/json_scanner.hpp"

#include "shared/base/limits.hpp"
#include "shared/base/mutation.hpp"

namespace dialogue {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A character of a string that stands for itself and is one byte.
bool is_plain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

/// Four hexadecimal digits, or kTextSyntax.
std::int32_t read_hex4(JsonCursor& cursor) {
  std::int32_t value = 0;
  for (int i = 0; i < 4; ++i, ++cursor.at) {
    const char c = cursor.peek(), lower = static_cast<char>(c | 0x20);
    if (is_digit(c))
      value = value * 16 + (c - '0');
    else if (lower >= 'a' && lower <= 'f')
      value = value * 16 + (lower - 'a' + 10);
    else
      return kTextSyntax;
  }
  return value;
}

/// RFC 8259 section 7: a character outside the first plane is two escapes, which only make sense together.
std::int32_t read_escaped_utf16(JsonCursor& cursor) {
  const std::int32_t first = read_hex4(cursor);
  if (first < 0xD800 || first > 0xDFFF) return first;
  if (is_mutated(Mutation::lone_surrogate_allowed)) return 0xFFFD;
  if (first > 0xDBFF || cursor.end - cursor.at < 2 || cursor.at[0] != '\\' || cursor.at[1] != 'u') return kTextUtf8;
  cursor.at += 2;
  const std::int32_t second = read_hex4(cursor);
  if (second == kTextSyntax) return kTextSyntax;
  if (second < 0xDC00 || second > 0xDFFF) return kTextUtf8;
  return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

std::int32_t read_escape(JsonCursor& cursor) {
  const char c = cursor.peek();
  ++cursor.at;
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'u':
      return read_escaped_utf16(cursor);
    default:
      --cursor.at;
      return kTextSyntax;
  }
}

/// RFC 3629 section 4. The lead byte has been read and is at least 0x80.
std::int32_t read_utf8(JsonCursor& cursor, unsigned char lead) {
  if (lead < 0xC2 || lead > 0xF4) return kTextUtf8;
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  std::int32_t value = lead & (0x3F >> more);
  for (int i = 0; i < more; ++i, ++cursor.at) {
    if (cursor.at == cursor.end || (static_cast<unsigned char>(*cursor.at) & 0xC0) != 0x80) return kTextUtf8;
    value = (value << 6) | (*cursor.at & 0x3F);
  }
  const bool overlong = value < (more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  return overlong || surrogate || value > 0x10FFFF ? kTextUtf8 : value;
}

bool scan_digits(JsonCursor& cursor) {
  if (!is_digit(cursor.peek())) return false;
  while (is_digit(cursor.peek())) ++cursor.at;
  return true;
}

ErrorCode scan_scalar(JsonCursor& cursor) {
  const char c = cursor.peek();
  if (c == '"') {
    JsonString ignored;
    return scan_string(cursor, ignored);
  }
  return c == '-' || is_digit(c) ? scan_number(cursor) : scan_literal(cursor);
}

}  // namespace

std::int32_t next_code_point(JsonCursor& cursor) {
  if (cursor.at == cursor.end) return kTextEnd;
  const auto byte = static_cast<unsigned char>(*cursor.at);
  if (byte < 0x20) return kTextSyntax;
  ++cursor.at;
  if (byte == '\\') return read_escape(cursor);
  return byte < 0x80 ? byte : read_utf8(cursor, byte);
}

ErrorCode scan_string(JsonCursor& cursor, JsonString& string) {
  if (!cursor.accept('"')) return ErrorCode::json_syntax;
  string.begin = cursor.at;
  std::size_t continued = 0;  // bytes that are not the only one of their character
  for (;;) {
    while (cursor.at < cursor.end && is_plain(*cursor.at)) ++cursor.at;
    if (cursor.peek() == '"') break;
    const char* const begin = cursor.at;
    const std::int32_t code_point = next_code_point(cursor);
    if (code_point < 0) return code_point == kTextUtf8 ? ErrorCode::json_utf8 : ErrorCode::json_syntax;
    continued += static_cast<std::size_t>(cursor.at - begin) - 1;
  }
  string.end = cursor.at++;
  string.code_points = static_cast<std::uint32_t>(string.raw().size() - continued);
  return ErrorCode::ok;
}

ErrorCode scan_number(JsonCursor& cursor) {
  cursor.accept('-');
  if (!cursor.accept('0') && !scan_digits(cursor)) return ErrorCode::json_syntax;
  if (cursor.accept('.') && !scan_digits(cursor)) return ErrorCode::json_syntax;
  if ((cursor.peek() | 0x20) == 'e') {
    ++cursor.at;
    if (!cursor.accept('+')) cursor.accept('-');
    if (!scan_digits(cursor)) return ErrorCode::json_syntax;
  }
  return ErrorCode::ok;
}

bool scan_integer(JsonCursor& cursor, std::uint64_t& value) {
  value = 0;
  if (cursor.accept('0')) return !is_digit(cursor.peek());
  if (!is_digit(cursor.peek())) return false;
  for (; is_digit(cursor.peek()); ++cursor.at) {
    value = value * 10 + static_cast<std::uint64_t>(*cursor.at - '0');
    if (value > kSafeIntegerMax) return false;
  }
  return true;
}

ErrorCode scan_literal(JsonCursor& cursor) {
  const char* word = cursor.peek() == 't' ? "true" : cursor.peek() == 'f' ? "false" : "null";
  for (; *word != '\0'; ++word)
    if (!cursor.accept(*word)) return ErrorCode::json_syntax;
  return ErrorCode::ok;
}

ErrorCode scan_key(JsonCursor& cursor, JsonString& key) {
  cursor.skip_space();
  if (const ErrorCode fault = scan_string(cursor, key); fault != ErrorCode::ok) return fault;
  cursor.skip_space();
  if (!cursor.accept(':')) return ErrorCode::json_syntax;
  cursor.skip_space();
  return ErrorCode::ok;
}

ErrorCode skip_value(JsonCursor& cursor, std::uint32_t depth) {
  std::uint64_t is_object = 0;  // one bit for each level opened here, the innermost lowest
  static_assert(kJsonDepthMax <= 64);
  std::uint32_t open = 0;
  JsonString key;
  for (;;) {
    cursor.skip_space();
    const char c = cursor.peek();
    bool begun = false;  // a container was opened and its first value is due
    if (c == '{' || c == '[') {
      if (depth + open == kJsonDepthMax) return ErrorCode::json_depth;
      ++cursor.at;
      ++open;
      is_object = is_object << 1 | (c == '{' ? 1 : 0);
      cursor.skip_space();
      begun = cursor.peek() != (c == '{' ? '}' : ']');
    } else if (const ErrorCode fault = scan_scalar(cursor); fault != ErrorCode::ok) {
      return fault;
    }
    while (!begun) {  // a value is complete, or a container still to be closed is empty
      if (open == 0) return ErrorCode::ok;
      cursor.skip_space();
      if (cursor.accept((is_object & 1) != 0 ? '}' : ']')) {
        --open;
        is_object >>= 1;
      } else if (cursor.accept(',')) {
        begun = true;
      } else {
        return ErrorCode::json_syntax;
      }
    }
    if ((is_object & 1) != 0)
      if (const ErrorCode fault = scan_key(cursor, key); fault != ErrorCode::ok) return fault;
  }
}

std::size_t encode_utf8(std::int32_t code_point, char* out) {
  const auto value = static_cast<std::uint32_t>(code_point);
  if (value < 0x80) {
    out[0] = static_cast<char>(value);
    return 1;
  }
  const std::size_t more = value < 0x800 ? 1 : value < 0x10000 ? 2 : 3;
  constexpr unsigned char kLead[] = {0, 0xC0, 0xE0, 0xF0};
  out[0] = static_cast<char>(kLead[more] | (value >> (6 * more)));
  for (std::size_t i = 1; i <= more; ++i) out[i] = static_cast<char>(0x80 | ((value >> (6 * (more - i))) & 0x3F));
  return more + 1;
}

}  // namespace dialogue
