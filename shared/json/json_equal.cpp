// Equality by walking two texts side by side; objects by looking up each key, within a bound on all of the work.
#include "shared/json/json_equal.hpp"

#include <algorithm>

#include "shared/base/mutation.hpp"
#include "shared/json/decimal.hpp"

namespace dialogue {
namespace {

/// The first byte of a value, one for all numbers: it distinguishes the types.
char kind_of(const JsonCursor& value) {
  const char c = value.peek();
  return c == '-' || (c >= '0' && c <= '9') ? '0' : c;
}

// The texts that are compared have been validated: the scanner's verdicts on them are known.

JsonString scan_valid_string(JsonCursor& cursor) {
  JsonString string;
  static_cast<void>(scan_string(cursor, string));
  return string;
}

Decimal take_number(JsonCursor& cursor) {
  const char* const begin = cursor.at;
  static_cast<void>(scan_number(cursor));
  return parse_decimal({begin, static_cast<std::size_t>(cursor.at - begin)});
}

void skip(JsonCursor& cursor) { static_cast<void>(skip_value(cursor, 0)); }

std::uint32_t mix(std::uint32_t state, std::uint32_t value) {
  constexpr std::uint32_t kOddConstant = 0x9E3779B1;  // 2^32 divided by the golden ratio: spreads low bits upwards
  state = (state ^ value) * kOddConstant;
  return state ^ state >> 15;
}

std::uint32_t digest_string(const JsonString& string) {
  JsonCursor content{string.begin, string.end};
  std::uint32_t state = '"';
  for (std::int32_t c = next_code_point(content); c >= 0; c = next_code_point(content))
    state = mix(state, static_cast<std::uint32_t>(c));
  return state;
}

std::uint32_t digest_number(const Decimal& number) {
  std::uint32_t state = mix(number.negative ? '-' : '0', static_cast<std::uint32_t>(number.scale));
  DecimalDigits digits(number);
  for (std::uint32_t i = 0; i < number.count; ++i) state = mix(state, digits.next());
  return state;
}

/// Below, at or above 0 as the content of one string stands before, at or after another's, by code points.
[[gnu::noinline]] int order_strings(JsonCursor a, JsonCursor b) {
  for (;;) {
    const std::int32_t code_point = next_code_point(a), other = next_code_point(b);
    if (code_point != other || code_point < 0) return code_point - other;
  }
}

}  // namespace

bool next_in_container(JsonCursor& cursor, char closing) {
  cursor.skip_space();
  if (cursor.accept(closing)) return false;
  cursor.accept(',');
  cursor.skip_space();
  return true;
}

bool equal_strings(const JsonString& a, const JsonString& b) { return order_strings({a.begin, a.end}, {b.begin, b.end}) == 0; }

bool equals_text(const JsonString& string, std::string_view text) {
  // No escape is shorter than the character that it represents.
  return string.raw().size() >= text.size() && compare_text(string, text) == 0;
}

int compare_text(const JsonString& string, std::string_view text) {
  JsonCursor content{string.begin, string.end};
  std::size_t at = 0;
  for (;;) {
    const std::int32_t code_point = next_code_point(content);
    if (code_point < 0) return at == text.size() ? 0 : -1;
    char bytes[4];  // UTF-8 has the order of its code points
    const std::size_t count = encode_utf8(code_point, bytes);
    for (std::size_t i = 0; i < count; ++i, ++at) {
      if (at == text.size()) return 1;
      if (text[at] != bytes[i]) return static_cast<unsigned char>(bytes[i]) - static_cast<unsigned char>(text[at]);
    }
  }
}

int order_values(std::string_view a, std::string_view b) {
  JsonCursor a_cursor{a.data(), a.data() + a.size()}, b_cursor{b.data(), b.data() + b.size()};
  const char kind = kind_of(a_cursor);
  if (kind != kind_of(b_cursor)) return kind - kind_of(b_cursor);
  if (kind == '0') return compare(parse_decimal(a), parse_decimal(b));
  if (kind != '"') return 0;
  // Between the quotation marks: the whole strings need not be read where they differ early.
  return order_strings({a_cursor.at + 1, a_cursor.end - 1}, {b_cursor.at + 1, b_cursor.end - 1});
}

bool JsonComparison::equal(JsonCursor& a, JsonCursor& b) {
  a.skip_space();
  b.skip_space();
  const char kind = kind_of(a);
  if (kind != kind_of(b)) return false;
  const char *const begin = a.at, *const other = b.at;
  bool same = true;
  switch (kind) {
    case '{':
      return equal_objects(a, b);
    case '[':
      ++a.at;
      ++b.at;
      while (same) {  // its items account for themselves
        const bool more = next_in_container(a, ']');
        if (more != next_in_container(b, ']')) return false;
        if (!more) return !exhausted();
        same = equal(a, b);
      }
      return false;
    case '"':
      same = equal_strings(scan_valid_string(a), scan_valid_string(b));
      break;
    case '0':
      same = compare(take_number(a), take_number(b)) == 0;
      break;
    default:
      skip(a);
      skip(b);
  }
  // The other may be of a catalogue, and longer than it need be.
  spend(static_cast<std::size_t>(std::max(a.at - begin, b.at - other)));
  return same && !exhausted();
}

/// Where no key was repeated, as many members as there are in `b`, each equal to one of those, are all of them.
bool JsonComparison::equal_objects(JsonCursor& a, JsonCursor& b) {
  const JsonCursor a_begin = a, b_begin = b;
  JsonString key;
  std::uint32_t missing = 0;
  for (++b.at; next_in_container(b, '}'); skip(b), ++missing) {
    static_cast<void>(scan_key(b, key));
    JsonCursor a_value{}, b_value = b;
    if (!find(a_begin, key, a_value) || (repeated_ && !find(b_begin, key, b_value)) || !equal(a_value, b_value)) return false;
  }
  for (++a.at; next_in_container(a, '}'); skip(a), --missing) {
    static_cast<void>(scan_key(a, key));
    JsonCursor ignored{};
    if (repeated_ && !find(b_begin, key, ignored)) return false;
  }
  return (repeated_ || missing == 0) && !exhausted();
}

bool JsonComparison::find(JsonCursor object, const JsonString& key, JsonCursor& value) {
  ++object.at;
  if (!find_next(object, key)) return false;
  value = object;
  while (repeated_) {
    skip(object);
    if (!find_next(object, key)) break;
    value = object;
  }
  return !exhausted();
}

bool JsonComparison::find_next(JsonCursor& at, const JsonString& key) {
  const char* const begin = at.at;
  bool found = false;
  while (!found && !exhausted() && next_in_container(at, '}')) {
    JsonString candidate;
    static_cast<void>(scan_key(at, candidate));
    found = equal_strings(candidate, key);
    if (!found) skip(at);
  }
  spend(static_cast<std::size_t>(at.at - begin));
  return found;
}

std::uint32_t JsonComparison::digest(JsonCursor& value) {
  value.skip_space();
  if (exhausted()) {
    skip(value);
    return 0;
  }
  const char* const begin = value.at;
  const char kind = kind_of(value);
  std::uint32_t state = static_cast<std::uint32_t>(kind);
  switch (kind) {
    case '{':
      return digest_object(value);
    case '[':
      for (++value.at; next_in_container(value, ']');) state = mix(state, digest(value));  // accounted for item by item
      return state;
    case '"':
      state = digest_string(scan_valid_string(value));
      break;
    case '0':
      state = digest_number(take_number(value));
      break;
    default:
      skip(value);
  }
  if (is_mutated(Mutation::numbers_unique_by_text) && kind == '0') state = digest_string({begin, value.at, 0});
  spend(static_cast<std::size_t>(value.at - begin));
  return state;
}

// A sum, because the order does not count; only of the members that do.
std::uint32_t JsonComparison::digest_object(JsonCursor& value) {
  const JsonCursor begin = value;
  std::uint32_t state = '{', count = 0;
  JsonString key;
  JsonCursor later{};
  for (++value.at; next_in_container(value, '}');) {
    if (++count == 2) {
      static_cast<void>(count_keys(begin, UINT32_MAX));
      later = value;
      if (repeated_ && find_next(later, key)) state = '{';
    }
    static_cast<void>(scan_key(value, key));
    const std::uint32_t member = mix(digest_string(key), digest(value));
    later = value;
    if (!repeated_ || !find_next(later, key)) state += member;
  }
  return state;
}

// A bit of a table for each key. Where it is set already, the members before are looked at: seldom without reason.
std::uint32_t JsonComparison::count_keys(JsonCursor object, std::uint32_t enough) {
  constexpr std::uint32_t kTableBits = 17;
  std::uint32_t table[(1U << kTableBits) / 32] = {}, count = 0;
  const char* const begin = ++object.at;
  for (; count < enough && next_in_container(object, '}'); skip(object)) {
    JsonString key;
    static_cast<void>(scan_key(object, key));
    const std::uint32_t bit = digest_string(key) >> (32 - kTableBits);
    JsonCursor before{begin, object.end};
    if ((table[bit / 32] >> bit % 32 & 1) != 0 && find_next(before, key) && before.at != object.at)
      repeated_ = true;
    else
      ++count;
    table[bit / 32] |= 1U << bit % 32;
  }
  spend(static_cast<std::size_t>(object.at - begin));
  return count;
}

}  // namespace dialogue
