// The pull reader keeps one bit of state, whether a container was just entered; everything else is the place in the text.
#include "shared/json/json_reader.hpp"

#include "shared/base/limits.hpp"
#include "shared/json/json_scanner.hpp"

namespace dialogue {
namespace {

/// Unescapes a scanned string of characters from `lowest` on.
bool unescape(const JsonString& string, std::int32_t lowest, std::string& out) {
  if (string.code_points == string.raw().size()) {  // neither escapes nor longer characters
    out = string.raw();
    return true;
  }
  out.clear();
  JsonCursor content{string.begin, string.end};
  for (;;) {
    const std::int32_t code_point = next_code_point(content);
    if (code_point == kTextEnd) return true;
    if (code_point < lowest) return false;
    char bytes[4];
    out.append(bytes, encode_utf8(code_point, bytes));
  }
}

}  // namespace

std::optional<std::size_t> json_value_length(std::string_view text) {
  JsonCursor cursor{text.data(), text.data() + text.size()};
  if (skip_value(cursor, 0) != ErrorCode::ok) return std::nullopt;
  return static_cast<std::size_t>(cursor.at - text.data());
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

bool JsonReader::fail() {
  failed_ = true;
  return false;
}

template <class Scan>
bool JsonReader::scan(Scan&& step) {
  if (failed_) return false;
  JsonCursor cursor{text_.data() + offset_, text_.data() + text_.size()};
  cursor.skip_space();
  const bool good = step(cursor);
  offset_ = static_cast<std::size_t>(cursor.at - text_.data());
  return good || fail();
}

bool JsonReader::enter(char bracket) {
  first_ = scan([&](JsonCursor& cursor) { return depth_ < kJsonDepthMax && cursor.accept(bracket); });
  if (first_) ++depth_;
  return first_;
}

/// Steps to the next member or element: false at the closing bracket, which is consumed, or at a fault.
bool JsonReader::advance(char closing) {
  bool more = false;
  const bool good = scan([&](JsonCursor& cursor) {
    if (depth_ == 0) return false;
    if (cursor.accept(closing)) {
      --depth_;
      first_ = false;
      return true;
    }
    more = first_ || cursor.accept(',');
    first_ = false;
    return more;
  });
  return good && more;
}

bool JsonReader::enter_object() { return enter('{'); }
bool JsonReader::enter_array() { return enter('['); }
bool JsonReader::next_element() { return advance(']'); }

bool JsonReader::next_key(std::string& key) {
  return advance('}') && scan([&](JsonCursor& cursor) {
           JsonString string;
           return scan_key(cursor, string) == ErrorCode::ok && unescape(string, lowest(), key);
         });
}

bool JsonReader::read_string(std::string& out) {
  return scan([&](JsonCursor& cursor) {
    JsonString string;
    return scan_string(cursor, string) == ErrorCode::ok && unescape(string, lowest(), out);
  });
}

bool JsonReader::read_integer(std::uint64_t& out) {
  return scan(
      [&](JsonCursor& cursor) { return scan_integer(cursor, out) && (cursor.peek() | 0x20) != 'e' && cursor.peek() != '.'; });
}

bool JsonReader::read_boolean(bool& out) {
  return scan([&](JsonCursor& cursor) {
    out = cursor.peek() == 't';
    return cursor.peek() != 'n' && scan_literal(cursor) == ErrorCode::ok;
  });
}

bool JsonReader::read_raw(std::string_view& out) { return read_value(out, depth_); }
bool JsonReader::read_document(std::string_view& out) { return read_value(out, 0); }

bool JsonReader::read_value(std::string_view& out, std::uint32_t depth) {
  return scan([&](JsonCursor& cursor) {
    const char* const begin = cursor.at;
    if (skip_value(cursor, depth) != ErrorCode::ok) return false;
    out = {begin, static_cast<std::size_t>(cursor.at - begin)};
    return true;
  });
}

bool JsonReader::skip() {
  std::string_view ignored;
  return read_raw(ignored);
}

char JsonReader::peek() {
  char next = '\0';
  static_cast<void>(scan([&](JsonCursor& cursor) {
    next = cursor.peek();
    return true;
  }));
  return next;
}

bool JsonReader::at_end() {
  return depth_ == 0 && scan([](JsonCursor& cursor) { return cursor.at == cursor.end; });
}

}  // namespace dialogue
