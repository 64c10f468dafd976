#include "shared/document/view.hpp"

#include <cstring>
#include <map>
#include <vector>

#include "shared/base/base64.hpp"
#include "shared/base/lower_case.hpp"
#include "shared/base/number_text.hpp"
#include "shared/document/byte_reader.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::document {

namespace {

void append_type(std::string& out, const Type& type, TypeKind kind);

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

/// The number of these bits.
template <typename Number, typename Bits>
Number number_of(Bits bits) {
  static_assert(sizeof(Number) == sizeof(Bits));
  Number number;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

void append_base64(std::string& out, std::string_view bytes) {
  append_json_string(out, encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}));
}

/// lib0's integer with a sign: of the first byte 0x80 says that more follow, 0x40 that it is negative.
void append_integer(std::string& out, std::string_view bytes) {
  const auto first = static_cast<std::uint8_t>(bytes.front());
  std::uint64_t value = first & 0x3f;
  unsigned shift = 6;
  for (const char byte : bytes.substr(1)) {
    if (shift < 64) value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(byte) & 0x7f) << shift;
    shift += 7;
  }
  if ((first & 0x40) != 0 && value != 0) out += '-';
  out += std::to_string(value);
}

using Members = std::map<std::string_view, std::string>;  ///< each as JSON

std::string object_of(const Members& members) {
  JsonText object;
  for (const auto& [key, json] : members) object.raw(key, json);
  return object.take();
}

/// One value. False if it is `undefined`, which then stands as null.
bool append_value(std::string& out, ByteReader& in) {
  ByteReader type_reader = in;
  const auto type = static_cast<ValueType>(type_reader.byte());
  if (type != ValueType::array && type != ValueType::object) {
    std::string_view value = in.value().substr(1);
    ByteReader rest(value);
    switch (type) {
      case ValueType::bytes:
        append_base64(out, rest.bytes());
        break;
      case ValueType::text:
        append_json_string(out, rest.text());
        break;
      case ValueType::yes:
        out += "true";
        break;
      case ValueType::no:
        out += "false";
        break;
      case ValueType::big_integer:
        append_json_string(out, std::to_string(static_cast<std::int64_t>(big_endian(value))));
        break;
      case ValueType::float64:
        append_number(out, number_of<double>(big_endian(value)));
        break;
      case ValueType::float32:
        append_number(out, static_cast<double>(number_of<float>(static_cast<std::uint32_t>(big_endian(value)))));
        break;
      case ValueType::integer:
        append_integer(out, value);
        break;
      default:
        out += "null";
    }
    return type != ValueType::undefined;
  }
  in.byte();
  const std::uint64_t count = in.integer();
  if (type == ValueType::array) {
    out += '[';
    for (std::uint64_t index = 0; index < count; ++index) {
      if (index > 0) out += ',';
      append_value(out, in);
    }
    out += ']';
    return true;
  }
  Members members;
  for (std::uint64_t index = 0; index < count; ++index) {
    const std::string_view key = in.text();
    std::string member;
    if (append_value(member, in)) members[key] = std::move(member);
  }
  out += object_of(members);
  return true;
}

/// The values of an item, each as JSON.
void append_values(std::vector<std::string>& values, const Item& item) {
  ByteReader in(item.bytes);
  switch (item.kind) {
    case Kind::any:
      for (std::uint64_t place = 0; place < item.length; ++place) append_value(values.emplace_back(), in);
      break;
    case Kind::json:
      for (std::uint64_t place = 0; place < item.length; ++place) {
        const std::string_view text = in.text();
        values.emplace_back(text == "undefined" ? "null" : text);
      }
      break;
    case Kind::binary:
      append_base64(values.emplace_back(), item.bytes);
      break;
    case Kind::text:
      append_json_string(values.emplace_back(), item.bytes);
      break;
    case Kind::embed:
      values.emplace_back(item.bytes);
      break;
    case Kind::type:
      append_type(values.emplace_back(), *item.type, item.type->kind);
      break;
    case Kind::document:
      append_json_string(values.emplace_back(), in.text());
      break;
    default:
      break;
  }
}

Members members_of(const Type& type) {
  Members members;
  for (const auto& [key, item] : type.keys) {
    if (item == nullptr || item->is_deleted) continue;
    std::vector<std::string> values;
    append_values(values, *item);
    if (!values.empty()) members[key] = std::move(values.back());  // of several values set at once the last one is the key's
  }
  return members;
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char byte : text) {
    switch (byte) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += byte;
    }
  }
}

void append_attributes(std::string& out, const Type& type) {
  std::map<std::string_view, std::string> attributes;
  for (const auto& [key, item] : type.keys) {
    if (item == nullptr || item->is_deleted || item->kind != Kind::any) continue;
    ByteReader in(item->bytes);
    const bool is_text = static_cast<ValueType>(item->bytes.front()) == ValueType::text;
    if (is_text) in.byte();
    std::string value;
    if (!is_text) append_value(value, in);
    append_escaped(attributes[key], is_text ? in.text() : value);
  }
  for (const auto& [key, value] : attributes) {
    out += ' ';
    append_escaped(out, key);
    out.append("=\"").append(value).append("\"");
  }
}

void append_markup(std::string& out, const Type& type, TypeKind kind) {
  const bool has_tag = kind == TypeKind::xml_element;
  std::string name;
  if (has_tag) {
    append_escaped(name, lower_case(type.name));
    out += '<' + name;
    append_attributes(out, type);
    out += '>';
  }
  for (const Item* item = type.start; item != nullptr; item = item->right) {
    if (item->is_deleted) continue;
    if (item->kind == Kind::text) append_escaped(out, item->bytes);
    if (item->type != nullptr) append_markup(out, *item->type, item->type->kind);
  }
  if (has_tag) out += "</" + name + '>';
}

void append_type(std::string& out, const Type& type, TypeKind kind) {
  switch (kind) {
    case TypeKind::array: {
      std::vector<std::string> values;
      for (const Item* item = type.start; item != nullptr; item = item->right)
        if (!item->is_deleted) append_values(values, *item);
      out += json_array(values, [](const std::string& value) { return value; });
      break;
    }
    case TypeKind::map:
    case TypeKind::xml_hook:
      out += object_of(members_of(type));
      break;
    case TypeKind::text:
      append_json_string(out, text_of(type));
      break;
    default: {
      std::string markup;
      append_markup(markup, type, kind);
      append_json_string(out, markup);
    }
  }
}

}  // namespace

std::string text_of(const Type& type) {
  std::string text;
  for (const Item* item = type.start; item != nullptr; item = item->right) {
    if (item->is_deleted) continue;
    if (item->kind == Kind::text) text += item->bytes;
    if (item->type != nullptr) text += text_of(*item->type);
  }
  return text;
}

std::string json_of(const Type& type, TypeKind kind) {
  std::string out;
  append_type(out, type, kind);
  return out;
}

}  // namespace dialogue::document
