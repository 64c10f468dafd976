#include "server/definitions/source/json_parser.hpp"

#include <set>

namespace dialogue::definitions {

JsonDocument JsonParser::parse() {
  JsonDocument document;
  if (text_.substr(0, 3) == "\xEF\xBB\xBF") {
    (void)fail(0, "the file begins with a byte order mark", "Save it as UTF-8 without one.");
  } else if (value(document.root, "")) {
    space();
    if (at_ < text_.size())
      (void)fail(at_, "something follows the end of the JSON value", "A definition file is one JSON object.");
  }
  document.problem = std::move(problem_);
  return document;
}

bool JsonParser::value(JsonValue& out, const std::string& pointer) {
  space();
  pointer_ = pointer;
  out.offset = static_cast<std::uint32_t>(at_);
  switch (peek()) {
    case '{':
      return object(out, pointer);
    case '[':
      return array(out, pointer);
    case '"':
      out.kind = JsonValue::Kind::string;
      return string(out.text);
    case 't':
      out.boolean = true;
      [[fallthrough]];
    case 'f':
      out.kind = JsonValue::Kind::boolean;
      return literal(out.boolean ? "true" : "false");
    case 'n':
      return literal("null");
    default:
      return number(out);
  }
}

bool JsonParser::object(JsonValue& out, const std::string& pointer) {
  out.kind = JsonValue::Kind::object;
  if (++depth_ > kDocumentDepthMax) return fail(at_, "the file is nested too deeply");
  (void)take('{');
  space();
  std::set<std::string> keys;
  while (!take('}')) {
    if (!out.members.empty()) {
      if (!take(',')) return fail(at_, "`,` or `}` was expected");
      space();
      if (peek() == '}') return fail(at_, "a comma stands before `}`", "Remove it: JSON has no trailing commas.");
    }
    JsonMember member;
    member.key_offset = static_cast<std::uint32_t>(at_);
    if (peek() != '"') return fail(at_, "a key in double quotes was expected");
    if (!string(member.key)) return false;
    pointer_ = pointer_child(pointer, member.key);
    if (!keys.insert(member.key).second) return fail(member.key_offset, "the key is given twice", "Keep one of the two.");
    space();
    if (!take(':')) return fail(at_, "`:` was expected after the key");
    if (!value(member.value, pointer_child(pointer, member.key))) return false;
    out.members.push_back(std::move(member));
    pointer_ = pointer;
    space();
  }
  --depth_;
  return true;
}

bool JsonParser::array(JsonValue& out, const std::string& pointer) {
  out.kind = JsonValue::Kind::array;
  if (++depth_ > kDocumentDepthMax) return fail(at_, "the file is nested too deeply");
  (void)take('[');
  space();
  while (!take(']')) {
    if (!out.items.empty()) {
      if (!take(',')) return fail(at_, "`,` or `]` was expected");
      space();
      if (peek() == ']') return fail(at_, "a comma stands before `]`", "Remove it: JSON has no trailing commas.");
    }
    JsonValue item;
    if (!value(item, pointer_child(pointer, out.items.size()))) return false;
    out.items.push_back(std::move(item));
    pointer_ = pointer;
    space();
  }
  --depth_;
  return true;
}

bool JsonParser::number(JsonValue& out) {
  const std::size_t begin = at_;
  JsonCursor cursor = rest();
  if (scan_number(cursor) != ErrorCode::ok)
    return fail(begin, at_ == text_.size() ? "the file ends too early" : "a JSON value was expected");
  at_ = offset_of(cursor);
  out.kind = JsonValue::Kind::number;
  out.text = text_.substr(begin, at_ - begin);
  return true;
}

bool JsonParser::string(std::string& out) {
  JsonCursor cursor = rest();
  JsonString scanned;
  const ErrorCode code = scan_string(cursor, scanned);
  at_ = offset_of(cursor);
  if (code == ErrorCode::json_utf8) return fail(at_, "the text is not valid UTF-8", "Save the file as UTF-8.");
  if (code != ErrorCode::ok) return fail(at_, "the string is not valid JSON", "Close it with `\"`; write a line break as \\n.");
  JsonCursor content{scanned.begin, scanned.end};
  for (std::int32_t point = next_code_point(content); point >= 0; point = next_code_point(content)) {
    char bytes[4];
    out.append(bytes, encode_utf8(point, bytes));
  }
  return true;
}

bool JsonParser::literal(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return fail(at_, "a JSON value was expected");
  at_ += word.size();
  return true;
}

void JsonParser::space() {
  while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
}

bool JsonParser::take(char c) {
  if (at_ >= text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

bool JsonParser::fail(std::size_t offset, std::string message, std::string hint) {
  if (!problem_) problem_ = Diagnostic{place_of(text_, offset), pointer_, std::move(message), std::move(hint)};
  return false;
}

}  // namespace dialogue::definitions
