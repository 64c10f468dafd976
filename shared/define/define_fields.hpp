// How a struct becomes a JSON object: field<&Message::text>("text", max_length(2000)), put together by fields(...) or directly in
// define_event. Declaring only; define_schema.hpp and define_json.hpp make use of it. Values; safe from any thread.
#pragma once
#include <string_view>
#include <tuple>
#include <type_traits>

#include "shared/define/define_options.hpp"
#include "shared/define/define_types.hpp"

namespace dialogue {

/// One member of a struct as one property. Members of an optional or smart pointer type are optional properties, all others
/// required.
template <auto Member, class... Options>
struct Field {
  std::string_view name;
  std::tuple<Options...> options;
  friend constexpr bool operator==(const Field&, const Field&) = default;
};

/// A property with a constant string that distinguishes the alternatives of a std::variant: tag("kind", "circle").
struct Tag {
  std::string_view name, value;
  friend constexpr bool operator==(const Tag&, const Tag&) = default;
};
consteval Tag tag(std::string_view name, std::string_view value) { return {name, value}; }

/// Allows properties that no field declares. Without it they are refused.
struct Open {
  friend constexpr bool operator==(const Open&, const Open&) = default;
};
consteval Open open() { return {}; }

/// The description of a whole struct.
template <class... Parts>
struct Fields {
  std::tuple<Parts...> parts;
  friend constexpr bool operator==(const Fields&, const Fields&) = default;
};

namespace define_detail {

template <class T>
struct MemberPointer;
template <class Class, class Value>
struct MemberPointer<Value Class::*> {
  using Owner = Class;
  using Type = Value;
};
template <auto Member>
using FieldType = typename MemberPointer<decltype(Member)>::Type;

template <class T>
inline constexpr bool is_field = false;
template <auto Member, class... Options>
inline constexpr bool is_field<Field<Member, Options...>> = true;

template <class T>
inline constexpr bool is_values = false;
template <std::size_t Size>
inline constexpr bool is_values<Values<Size>> = true;

template <class T>
inline constexpr bool is_object_part = is_field<T> || std::is_same_v<T, Tag> || std::is_same_v<T, Open>;

template <class T>
inline constexpr bool is_bound = requires(const T& option, SchemaNode& node) {
  T::kTypes, option.apply(node);
};

template <class T>
inline constexpr bool is_count_of_bytes =
    std::is_same_v<T, Count<&SchemaNode::min_bytes, kString>> || std::is_same_v<T, Count<&SchemaNode::max_bytes, kString>>;
template <class T>
inline constexpr bool is_count_of_characters =
    std::is_same_v<T, Count<&SchemaNode::min_length, kString>> || std::is_same_v<T, Count<&SchemaNode::max_length, kString>>;

/// The type inside optional, smart pointers and nullable: what most options are about.
template <class T>
struct Inner {
  using Type = T;
};
template <class T>
requires(may_be_absent<T> && !is_a<T, std::optional>) struct Inner<T> : Inner<std::remove_const_t<typename T::element_type>> {
};
template <class T>
requires(is_a<T, std::optional> || is_a<T, nullable>) struct Inner<T> : Inner<typename T::value_type> {
};
template <class T>
using InnerType = typename Inner<T>::Type;

/// Whether `Option` can be said about a value of type T.
template <class T, class Option>
consteval bool option_fits() {
  using Value = InnerType<T>;
  if constexpr (std::is_same_v<Option, Description>)
    return true;
  else if constexpr (is_values<Option>)
    return std::is_enum_v<Value> || std::is_same_v<Value, std::string>;
  else if constexpr (is_a<Option, Items>)
    return is_sequence<Value> || is_map<Value>;
  else if constexpr (is_a<Option, Fields> || is_object_part<Option>)
    return is_struct<Value>;
  else if constexpr (std::is_same_v<Value, bytes> ? is_count_of_characters<Option> : is_count_of_bytes<Option>)
    return false;
  else if constexpr (is_bound<Option>)
    return !is_struct<Value> && !is_a<Value, std::variant> && (Option::kTypes & json_types_of<Value>()) != 0;
  else
    return false;
}

template <auto Member, class... Options>
struct OptionKind<Field<Member, Options...>> {
  using Type = void;
};
template <>
struct OptionKind<Tag> {
  using Type = void;
};
template <class... Parts>
struct OptionKind<Fields<Parts...>> {
  using Type = Fields<>;
};

template <class T, class... Options>
consteval void check_options() {
  static_assert(json_types_of<T>() != 0,
                "payloads cannot hold this type; shared/define/define_types.hpp lists the supported types");
  static_assert((option_fits<T, Options>() && ...), "an option does not fit the type of its value");
  check_given_once<Options...>();
}

/// The name of a field or tag; nothing else has one.
template <class Part>
constexpr std::optional<std::string_view> property_name(const Part& part) {
  if constexpr (is_field<Part> || std::is_same_v<Part, Tag>)
    return part.name;
  else
    return {};
}

template <class... Parts>
consteval void check_names(const Parts&... parts) {
  const std::array<std::optional<std::string_view>, sizeof...(Parts)> names{property_name(parts)...};
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i] && names[i] == names[j]) definition_error("two fields have the same name");
}

}  // namespace define_detail

/// `name` is the property's name in JSON: any string in UTF-8.
template <auto Member, class... Options>
consteval auto field(std::string_view name, Options... options) {
  define_detail::check_options<define_detail::FieldType<Member>, Options...>();
  return Field<Member, Options...>{name, {options...}};
}

template <class... Parts>
consteval auto fields(Parts... parts) {
  static_assert(((define_detail::is_object_part<Parts> || std::is_same_v<Parts, Description>)&&...),
                "fields() takes field<>(), tag(), open() and description()");
  define_detail::check_given_once<Parts...>();
  define_detail::check_names(parts...);
  return Fields<Parts...>{{parts...}};
}

}  // namespace dialogue
