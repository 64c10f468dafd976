// Printing of values that have been scanned before, so that their syntax needs no second look.
#include "shared/schema/canonical_json.hpp"

#include <algorithm>
#include <map>

#include "shared/base/number_text.hpp"
#include "shared/json/decimal.hpp"
#include "shared/json/json_equal.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/json/json_scanner.hpp"
#include "shared/schema/schema.hpp"

namespace dialogue {
namespace {

/// ECMA-262 Number::toString, for any count of digits.
std::string format_decimal(const Decimal& value) {
  if (value.count == 0) return "0";
  std::string digits, text = value.negative ? "-" : "";
  DecimalDigits source(value);
  for (std::uint32_t i = 0; i < value.count; ++i) digits += static_cast<char>('0' + source.next());
  const std::int64_t count = value.count, scale = value.scale;
  constexpr std::int64_t kPlainDigitsMax = 21, kPlainZerosMax = 6;
  if (scale >= count && scale <= kPlainDigitsMax)
    return text + digits + std::string(static_cast<std::size_t>(scale - count), '0');
  if (scale > 0 && scale <= kPlainDigitsMax) return text + digits.insert(static_cast<std::size_t>(scale), ".");
  if (scale <= 0 && scale > -kPlainZerosMax) return text + "0." + std::string(static_cast<std::size_t>(-scale), '0') + digits;
  if (count > 1) digits.insert(1, ".");
  return text + digits + (scale > 0 ? "e+" : "e") + std::to_string(scale - 1);
}

std::string decode_string(JsonCursor& cursor) {
  JsonString string;
  static_cast<void>(scan_string(cursor, string));
  std::string text;
  JsonCursor content{string.begin, string.end};
  for (std::int32_t c = next_code_point(content); c >= 0; c = next_code_point(content)) {
    char bytes[4];
    text.append(bytes, encode_utf8(c, bytes));
  }
  return text;
}

/// Returns the canonical form of the value at the cursor, in a text that is known to be valid, and steps over it.
std::string take_value(JsonCursor& cursor) {
  cursor.skip_space();
  const char* const begin = cursor.at;
  std::string text;
  if (*begin == '"') {
    append_json_string(text, decode_string(cursor));
  } else if (*begin == '[') {
    for (++cursor.at; next_in_container(cursor, ']');) text += (text.empty() ? "[" : ",") + take_value(cursor);
    text += text.empty() ? "[]" : "]";
  } else if (*begin == '{') {
    std::map<std::string, std::string> members;
    for (++cursor.at; next_in_container(cursor, '}');) {
      std::string key = decode_string(cursor);
      cursor.skip_space();
      cursor.accept(':');
      members[std::move(key)] = take_value(cursor);
    }
    for (const auto& [key, value] : members) {
      text += text.empty() ? '{' : ',';
      append_json_string(text, key);
      text += ':' + value;
    }
    text += text.empty() ? "{}" : "}";
  } else {
    static_cast<void>(skip_value(cursor, 0));
    text.assign(begin, cursor.at);
    if (*begin == '-' || (*begin >= '0' && *begin <= '9')) text = format_decimal(parse_decimal(text));
  }
  return text;
}

}  // namespace

std::optional<std::string> canonical_json(std::string_view text) {
  JsonCursor cursor{text.data(), text.data() + text.size()};
  if (skip_value(cursor, 0) != ErrorCode::ok || !cursor.only_space_left()) return std::nullopt;
  cursor.at = text.data();
  return take_value(cursor);
}

std::string canonical_number(double value) {
  // Other forms may print all digits of a large integer, which are more than distinguish it from its neighbours.
  std::string text;
  append_scientific(text, value);
  return format_decimal(parse_decimal(text));
}

std::uint32_t json_digest(std::string_view text) {
  JsonCursor cursor{text.data(), text.data() + text.size()};
  return JsonComparison().digest(cursor);
}

void sort_values(std::vector<std::string>& values) {
  std::sort(values.begin(), values.end(), [](const std::string& a, const std::string& b) {
    const int order = order_values(a, b);
    return order != 0 ? order < 0 : a < b;
  });
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::uint8_t json_types(std::string_view text) {
  switch (text[text.find_first_not_of(" \t\r\n")]) {
    case 'n':
      return kNull;
    case 't':
    case 'f':
      return kBoolean;
    case '"':
      return kString;
    case '[':
      return kArray;
    case '{':
      return kObject;
    default:
      return kInteger | kNumber;
  }
}

}  // namespace dialogue
