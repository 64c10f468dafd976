// Looking things up in an author's description, at compile time: the fields of a struct, the names of an enum, the tag of an
// alternative. Shared by define_schema.hpp (what is allowed) and define_json.hpp (how it is written), so that the two cannot
// disagree.
#pragma once
#include <string_view>
#include <tuple>
#include <type_traits>

#include "shared/define/define_fields.hpp"

namespace dialogue::define_detail {

template <class T>
struct Contained {
  using Type = typename T::element_type;
};
template <class T>
struct Contained<std::optional<T>> {
  using Type = T;
};
/// T of optional<T>, unique_ptr<T> and shared_ptr<T>.
template <class T>
using ContainedType = std::remove_const_t<typename Contained<T>::Type>;

template <class... Options>
inline constexpr bool has_values = (is_values<Options> || ...);

/// Whether the options themselves describe a struct, so that describe<T> is not needed.
template <class... Options>
inline constexpr bool has_object_parts = ((is_object_part<Options> || is_a<Options, Fields>) || ...);

/// The first option for which Wanted<Option> is true.
template <template <class> class Wanted, class First, class... Rest>
constexpr const auto& first_option(const First& first, const Rest&... rest) {
  if constexpr (Wanted<First>::value)
    return first;
  else
    return first_option<Wanted>(rest...);
}
template <class Option>
struct IsFields : std::bool_constant<is_a<Option, Fields>> {};
template <class Option>
struct IsItems : std::bool_constant<is_a<Option, Items>> {};
template <class Option>
struct IsValues : std::bool_constant<is_values<Option>> {};

/// The parts that describe struct T: those among the options, else those of describe<T>.
template <class T, class... Options>
constexpr const auto& object_parts(const std::tuple<Options...>& options) {
  if constexpr ((is_object_part<Options> || ...)) {
    return options;
  } else if constexpr (has_object_parts<Options...>) {
    return std::apply(
               [](const auto&... each) -> const auto& { return first_option<IsFields>(each...); }, options)
        .parts;
  } else {
    static_assert(
        is_a<std::remove_const_t<decltype(describe<T>)>, Fields>,
        "this struct needs a description: template <> inline constexpr auto dialogue::describe<T> = dialogue::fields(...)");
    return describe<T>.parts;
  }
}

/// The names of enum T (or of a string with values()): those among the options, else those of describe<T>.
template <class T, class... Options>
constexpr const auto& values_of(const std::tuple<Options...>& options) {
  if constexpr (has_values<Options...>) {
    return std::apply(
        [](const auto&... each) -> const auto& { return first_option<IsValues>(each...); }, options);
  } else {
    static_assert(
        is_values<std::remove_const_t<decltype(describe<T>)>>,
        "this enum needs names: values(...) at its field, or template <> inline constexpr auto dialogue::describe<T> = ...");
    return describe<T>;
  }
}

/// The options of an array's items or a map's values.
template <class... Options>
constexpr auto item_options(const std::tuple<Options...>& options) {
  if constexpr ((is_a<Options, Items> || ...))
    return std::apply(
               [](const auto&... each) -> const auto& { return first_option<IsItems>(each...); }, options)
        .options;
  else
    return std::tuple<>{};
}

template <class... Parts>
consteval Tag find_tag(const std::tuple<Parts...>& parts) {
  Tag found{};
  std::apply(
      [&](const auto&... each) {
        const auto look = [&](const auto& part) {
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(part)>, Tag>) found = part;
        };
        (look(each), ...);
      },
      parts);
  return found;
}

/// The tag of a struct that is an alternative of a variant; with an empty name when it has none.
template <class T>
consteval Tag tag_of() {
  static_assert(is_a<std::remove_const_t<decltype(describe<T>)>, Fields>,
                "each alternative of a std::variant is a struct with describe<T>");
  return find_tag(describe<T>.parts);
}

template <class... Alternatives>
consteval bool tags_tell_apart() {
  const std::array<Tag, sizeof...(Alternatives)> tags{tag_of<Alternatives>()...};
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (tags[i].name.empty() || tags[i].name != tags[0].name) return false;
    for (std::size_t j = 0; j < i; ++j)
      if (tags[i].value == tags[j].value) return false;
  }
  return true;
}

template <class... Alternatives>
consteval void check_alternatives() {
  static_assert(tags_tell_apart<Alternatives...>(),
                "the alternatives of a std::variant have tag() with one name and different values");
}

}  // namespace dialogue::define_detail
