// An author's options for a value besides its type: bounds, pattern, format, description. Each option is restricted to its JSON
// types, so that a bound on the wrong field does not compile. Values, used in constant expressions; safe from any thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "shared/schema/schema.hpp"

namespace dialogue {

/// Called in a constant expression only to stop it: the compiler shows the call, whose argument describes the fault.
void definition_error(const char* what_is_wrong);

namespace define_detail {

/// An option that writes one number or text into a node. `Types` are the JSON types that it constrains.
template <auto Member, std::uint8_t Types, class Value>
struct Bound {
  static constexpr std::uint8_t kTypes = Types;
  Value value;
  void apply(SchemaNode& node) const { node.*Member = typename std::remove_reference_t<decltype(node.*Member)>(value); }
  friend constexpr bool operator==(const Bound&, const Bound&) = default;
};
template <auto Member, std::uint8_t Types>
using Count = Bound<Member, Types, std::uint64_t>;
template <auto Member>
using NumberBound = Bound<Member, kNumber | kInteger, double>;

/// What an option is, however its own options differ. A kind that is void may be given several times.
template <class Option>
struct OptionKind {
  using Type = Option;
};
template <class Option>
using OptionKindOf = typename OptionKind<Option>::Type;

/// Whether no option of one kind is given twice: the last one would count, and might take a narrower one back.
template <class... Options>
consteval bool given_once() {
  [[maybe_unused]] const auto is_once = []<class Kind>(std::type_identity<Kind>) {
    if constexpr (std::is_void_v<Kind>)
      return true;
    else
      return (int{std::is_same_v<Kind, OptionKindOf<Options>>} + ... + 0) == 1;
  };
  return (is_once(std::type_identity<OptionKindOf<Options>>{}) && ...);
}

template <class... Options>
consteval void check_given_once() {
  if (!given_once<Options...>()) definition_error("an option is given twice");
}

}  // namespace define_detail

consteval auto min_length(std::uint64_t code_points) {
  return define_detail::Count<&SchemaNode::min_length, kString>{code_points};
}
consteval auto max_length(std::uint64_t code_points) {
  return define_detail::Count<&SchemaNode::max_length, kString>{code_points};
}
/// For the type `bytes`: the minimum and maximum number of bytes, not of characters of their base64.
consteval auto min_bytes(std::uint64_t count) { return define_detail::Count<&SchemaNode::min_bytes, kString>{count}; }
consteval auto max_bytes(std::uint64_t count) { return define_detail::Count<&SchemaNode::max_bytes, kString>{count}; }
consteval auto min_items(std::uint64_t count) { return define_detail::Count<&SchemaNode::min_items, kArray>{count}; }
consteval auto max_items(std::uint64_t count) { return define_detail::Count<&SchemaNode::max_items, kArray>{count}; }
consteval auto min_properties(std::uint64_t count) { return define_detail::Count<&SchemaNode::min_properties, kObject>{count}; }
consteval auto max_properties(std::uint64_t count) { return define_detail::Count<&SchemaNode::max_properties, kObject>{count}; }
consteval auto minimum(double value) { return define_detail::NumberBound<&SchemaNode::minimum>{value}; }
consteval auto maximum(double value) { return define_detail::NumberBound<&SchemaNode::maximum>{value}; }
consteval auto exclusive_minimum(double value) { return define_detail::NumberBound<&SchemaNode::exclusive_minimum>{value}; }
consteval auto exclusive_maximum(double value) { return define_detail::NumberBound<&SchemaNode::exclusive_maximum>{value}; }
consteval auto multiple_of(double step) {
  if (!(step > 0)) definition_error("multiple_of takes a number above 0");
  return define_detail::NumberBound<&SchemaNode::multiple_of>{step};
}
/// No two items are equal.
consteval auto unique_items() { return define_detail::Bound<&SchemaNode::unique_items, kArray, bool>{true}; }
/// A regular expression of the documented linear-time subset, not anchored. Checked when the catalogue is made.
consteval auto pattern(std::string_view expression) {
  return define_detail::Bound<&SchemaNode::pattern, kString, std::string_view>{expression};
}
consteval auto format(Format name) { return define_detail::Bound<&SchemaNode::format, kString, Format>{name}; }

/// A text for developers, written into the generated TypeScript, never into the catalogue.
struct Description {
  std::string_view text;
  friend constexpr bool operator==(const Description&, const Description&) = default;
};
consteval Description description(std::string_view text) { return {text}; }

/// Options of the items of an array, or of the values of a map: items(max_length(20)).
template <class... Options>
struct Items {
  std::tuple<Options...> options;
  friend constexpr bool operator==(const Items&, const Items&) = default;
};
template <class... Options>
consteval auto items(Options... options) {
  define_detail::check_given_once<Options...>();
  return Items<Options...>{{options...}};
}

/// The strings that an enum's values 0, 1, 2 ... are in JSON; for a std::string, the strings that are allowed.
template <std::size_t Size>
struct Values {
  std::array<std::string_view, Size> names;
  friend constexpr bool operator==(const Values&, const Values&) = default;

  template <class Enum>
  [[nodiscard]] constexpr std::optional<std::string_view> name_of(Enum value) const {
    const auto index = static_cast<std::size_t>(value);
    return index < Size ? std::optional(names[index]) : std::nullopt;
  }
  template <class Enum>
  [[nodiscard]] constexpr std::optional<Enum> value_of(std::string_view name) const {
    for (std::size_t i = 0; i < Size; ++i)
      if (names[i] == name) return static_cast<Enum>(i);
    return std::nullopt;
  }
};
namespace define_detail {
template <class... Options>
struct OptionKind<Items<Options...>> {
  using Type = Items<>;
};
template <std::size_t Size>
struct OptionKind<Values<Size>> {
  using Type = Values<1>;
};
}  // namespace define_detail

template <class... Names>
consteval auto values(const Names&... names) {
  static_assert(sizeof...(Names) > 0, "values() lists at least one string");
  const Values<sizeof...(Names)> out{{std::string_view(names)...}};
  for (std::size_t i = 0; i < sizeof...(Names); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (out.names[i] == out.names[j]) definition_error("values() lists a string twice");
  return out;
}

}  // namespace dialogue
