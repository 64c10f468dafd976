#include "server/definitions/source/json_document.hpp"

#include <algorithm>
#include <limits>

#include "server/definitions/source/json_parser.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/number_text.hpp"
#include "shared/json/decimal.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::definitions {

JsonDocument parse_json_document(std::string_view text) { return JsonParser(text).parse(); }

const JsonMember* JsonValue::find(std::string_view key) const {
  for (const JsonMember& member : members)
    if (member.key == key) return &member;
  return nullptr;
}

double JsonValue::number() const { return parse_number(text).value_or(std::numeric_limits<double>::infinity()); }

std::optional<std::uint64_t> JsonValue::unsigned_integer() const {
  if (kind != Kind::number) return std::nullopt;
  // By its digits: a fraction that a double cannot hold is one still.
  if (!is_integer(parse_decimal(text))) return std::nullopt;
  const double value = number();
  if (!(value >= 0) || value > static_cast<double>(kSafeIntegerMax)) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

namespace {

void append_compact(std::string& out, const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::null:
      out += "null";
      return;
    case JsonValue::Kind::boolean:
      out += value.boolean ? "true" : "false";
      return;
    case JsonValue::Kind::number:
      out += value.text;
      return;
    case JsonValue::Kind::string:
      append_json_string(out, value.text);
      return;
    case JsonValue::Kind::array:
      out += '[';
      for (const JsonValue& item : value.items) {
        if (&item != &value.items.front()) out += ',';
        append_compact(out, item);
      }
      out += ']';
      return;
    case JsonValue::Kind::object:
      break;
  }
  std::vector<const JsonMember*> sorted;
  for (const JsonMember& member : value.members) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(), [](const JsonMember* a, const JsonMember* b) { return a->key < b->key; });
  out += '{';
  for (const JsonMember* member : sorted) {
    if (member != sorted.front()) out += ',';
    append_json_string(out, member->key);
    out += ':';
    append_compact(out, member->value);
  }
  out += '}';
}

}  // namespace

std::string to_compact_json(const JsonValue& value) {
  std::string out;
  append_compact(out, value);
  return out;
}

std::string pointer_child(std::string_view pointer, std::string_view key) {
  std::string child(pointer);
  child += '/';
  for (const char c : key) {
    if (c == '~')
      child += "~0";
    else if (c == '/')
      child += "~1";
    else
      child += c;
  }
  return child;
}

std::string pointer_child(std::string_view pointer, std::size_t index) {
  return std::string(pointer) + '/' + std::to_string(index);
}

}  // namespace dialogue::definitions
