// Typed payloads <-> JSON text, by the same description that makes the schema. Encoding writes what the validator accepts when
// the values keep their bounds. Decoding is for text that the validator has accepted: it checks types, not bounds. Pure; safe
// from any thread.
#pragma once
#include <string>
#include <tuple>

#include "shared/base/base64.hpp"
#include "shared/base/number_text.hpp"
#include "shared/define/define_decode.hpp"
#include "shared/define/define_parts.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue {
namespace define_detail {

template <class T, class... Options>
void encode(std::string& out, const T& value, const std::tuple<Options...>& options);

/// "key": with a comma in front unless it is the first of the object.
inline void append_key(std::string& out, std::string_view key) {
  if (out.back() != '{') out += ',';
  append_json_string(out, key);
  out += ':';
}

template <class T, auto Member, class... Options>
void encode_part(std::string& out, const T& object, const Field<Member, Options...>& part) {
  const auto& value = object.*Member;
  if constexpr (may_be_absent<FieldType<Member>>) {
    if (!value) return;
    append_key(out, part.name);
    encode(out, *value, part.options);
  } else {
    append_key(out, part.name);
    encode(out, value, part.options);
  }
}
template <class T>
void encode_part(std::string& out, const T&, const Tag& part) {
  append_key(out, part.name);
  append_json_string(out, part.value);
}
template <class T, class Other>
void encode_part(std::string&, const T&, const Other&) {}

template <class T, class... Options>
void encode_sequence(std::string& out, const T& value, const std::tuple<Options...>& options) {
  out += '[';
  for (const auto& item : value) {
    if (out.back() != '[') out += ',';
    encode(out, static_cast<const typename T::value_type&>(item), item_options(options));
  }
  out += ']';
}

template <class T, class... Options>
void encode(std::string& out, const T& value, const std::tuple<Options...>& options) {
  if constexpr (std::is_same_v<T, any_json>) {
    out += value.text;
  } else if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (is_integer<T>) {
    out += std::to_string(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    append_number(out, static_cast<double>(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    append_json_string(out, value);
  } else if constexpr (std::is_same_v<T, bytes>) {
    out += '"' + encode_base64(value.data) + '"';
  } else if constexpr (std::is_enum_v<T>) {
    const auto name = values_of<T>(options).name_of(value);
    name ? append_json_string(out, *name) : void(out += "null");  // a value without a name: the validator says so
  } else if constexpr (is_a<T, nullable>) {
    value ? encode(out, *value, options) : void(out += "null");
  } else if constexpr (is_sequence<T>) {
    encode_sequence(out, value, options);
  } else if constexpr (is_map<T>) {
    out += '{';
    for (const auto& [key, item] : value) append_key(out, key), encode(out, item, item_options(options));
    out += '}';
  } else if constexpr (is_a<T, std::variant>) {
    std::visit([&](const auto& alternative) { encode(out, alternative, std::tuple<>{}); }, value);
  } else {
    out += '{';
    std::apply([&](const auto&... each) { (encode_part(out, value, each), ...); }, object_parts<T>(options));
    out += '}';
  }
}

}  // namespace define_detail

/// JSON of a described type.
template <class T>
[[nodiscard]] std::string to_json(const T& value) {
  std::string out;
  define_detail::encode(out, value, std::tuple<>{});
  return out;
}

/// Reads a described type from JSON that its schema accepts; returns no value if a type is wrong or a required property is
/// missing. Skips properties that no field declares; of a repeated key the last counts.
template <class T>
[[nodiscard]] std::optional<T> from_json(std::string_view text) {
  return define_detail::decode_whole<T>(text, std::tuple<>{});
}

}  // namespace dialogue
