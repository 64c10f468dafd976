// The C++ types of which payloads are made, and what JSON each of them is. Beside the standard ones (string, integers, float and
// double, bool, enums, vector, array, deque, map<string, T>, optional, unique_ptr, shared_ptr, variant, described structs) there
// are three of ours: bytes, nullable<T> and any_json. Values; as thread-safe as their members.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "shared/schema/schema.hpp"

namespace dialogue {

/// Binary data; in JSON a string in base64 (RFC 4648 section 4, padded).
struct bytes {
  std::vector<std::uint8_t> data;
  friend bool operator==(const bytes&, const bytes&) = default;
};

/// Any JSON value as its text; the schema `true`. Encoding splices the text as it is.
struct any_json {
  std::string text = "null";
  friend bool operator==(const any_json&, const any_json&) = default;
};

/// A value that may be null. (std::optional is a property that may be absent.)
template <class T>
struct nullable : std::optional<T> {
  using std::optional<T>::optional;
  nullable(std::nullptr_t) : std::optional<T>() {}
};

/// Specialise it to describe a struct or an enum once, wherever it is used:
///   template <> inline constexpr auto dialogue::describe<Point> = dialogue::fields(dialogue::field<&Point::x>("x"), ...);
///   template <> inline constexpr auto dialogue::describe<Color> = dialogue::values("red", "green");
struct Undescribed {};
template <class T>
inline constexpr Undescribed describe{};

namespace define_detail {

template <class T, template <class...> class Template>
inline constexpr bool is_a = false;
template <template <class...> class Template, class... Arguments>
inline constexpr bool is_a<Template<Arguments...>, Template> = true;

template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t Size>
inline constexpr bool is_array<std::array<T, Size>> = true;

template <class T>
inline constexpr bool is_map = false;
template <class T, class... Rest>
inline constexpr bool is_map<std::map<std::string, T, Rest...>> = true;

template <class T>
inline constexpr bool is_sequence = is_a<T, std::vector> || is_a<T, std::deque> || is_array<T>;

/// A property of this type is left out when the value is empty.
template <class T>
inline constexpr bool may_be_absent = is_a<T, std::optional> || is_a<T, std::unique_ptr> || is_a<T, std::shared_ptr>;

template <class T>
inline constexpr bool is_character = std::is_same_v<T, char> || std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> ||
                                     std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;

template <class T>
inline constexpr bool is_integer = std::is_integral_v<T> && !std::is_same_v<T, bool> && !is_character<T>;

/// A class of the author's own, which fields describe.
template <class T>
inline constexpr bool is_struct =
    std::is_class_v<T> && !std::is_same_v<T, std::string> && !std::is_same_v<T, bytes> && !std::is_same_v<T, any_json> &&
    !is_a<T, nullable> && !may_be_absent<T> && !is_sequence<T> && !is_a<T, std::map> && !is_a<T, std::variant>;

/// The JSON types of T as TypeBits; 0 for a type that payloads cannot hold.
template <class T>
consteval std::uint8_t json_types_of() {
  if constexpr (std::is_same_v<T, any_json>)
    return kAnyType;
  else if constexpr (std::is_same_v<T, bool>)
    return kBoolean;
  else if constexpr (is_integer<T>)
    return kInteger;
  else if constexpr (std::is_floating_point_v<T>)
    return kNumber | kInteger;
  else if constexpr (std::is_enum_v<T> || std::is_same_v<T, std::string> || std::is_same_v<T, bytes>)
    return kString;
  else if constexpr (is_sequence<T>)
    return kArray;
  else if constexpr (is_map<T> || is_a<T, std::variant> || is_struct<T>)
    return kObject;
  else if constexpr (is_a<T, nullable>)
    return kNull | json_types_of<typename T::value_type>();
  else if constexpr (is_a<T, std::optional>)
    return json_types_of<typename T::value_type>();
  else if constexpr (may_be_absent<T>)
    return json_types_of<typename T::element_type>();
  else
    return 0;
}

}  // namespace define_detail
}  // namespace dialogue
