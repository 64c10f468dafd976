// C++ types and their options -> nodes of a SchemaGraph. A described type becomes one node however often it is used, so recursion
// is a cycle in the graph. One builder makes one graph, on one thread; run time only, like everything that has a graph.
#pragma once
#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "shared/base/limits.hpp"
#include "shared/define/define_parts.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::define_detail {

/// "ns::Message" -> "Message", from the compiler's name of this function.
template <class T>
[[nodiscard]] std::string_view type_name() {
  const std::string_view function = __PRETTY_FUNCTION__;
  const std::size_t begin = function.find("T = ") + 4;
  const std::string_view name = function.substr(begin, function.find_first_of(";]", begin) - begin);
  const std::size_t scope = name.substr(0, name.find('<')).rfind("::");
  return scope == std::string_view::npos ? name : name.substr(scope + 2);
}

class SchemaBuilder {
 public:
  explicit SchemaBuilder(SchemaGraph& graph) : graph_(graph) {}

  /// The node of a value of type T with `options`.
  template <class T, class... Options>
  NodeIndex add(const std::tuple<Options...>& options) {
    check_options<T, Options...>();
    if constexpr (may_be_absent<T>)
      return add<ContainedType<T>>(options);
    else if constexpr (is_a<T, nullable>)
      return with_null(add<typename T::value_type>(options));
    else if constexpr (is_struct<T>)
      return add_struct<T>(options);
    else
      return add_value<T>(options);
  }

 private:
  template <class T, class... Options>
  NodeIndex add_value(const std::tuple<Options...>& options) {
    SchemaNode node;
    node.types = json_types_of<T>();
    if constexpr (is_integer<T>) set_range<T>(node);
    if constexpr (std::is_same_v<T, bytes>) node.format = Format::bytes;
    if constexpr (std::is_enum_v<T> || has_values<Options...>) set_values(node, values_of<T>(options));
    if constexpr (is_sequence<T>) node.items = add<typename T::value_type>(item_options(options));
    if constexpr (is_array<T>) node.min_items = node.max_items = std::tuple_size_v<T>;
    if constexpr (is_map<T>) node.additional_properties = add<typename T::mapped_type>(item_options(options));
    if constexpr (is_a<T, std::variant>) add_alternatives(node, static_cast<const T*>(nullptr));
    std::apply([&](const auto&... each) { (apply_option(node, each), ...); }, options);
    if constexpr (is_integer<T>) narrow_range<T>(node);
    return graph_.add(std::move(node));
  }

  template <class T, class... Options>
  NodeIndex add_struct(const std::tuple<Options...>& options) {
    if constexpr (has_object_parts<Options...>) {
      const NodeIndex index = graph_.add({});
      fill_object<T>(index, object_parts<T>(options));
      return index;
    } else {
      const auto [entry, added] = described_.try_emplace(&describe<T>, NodeIndex{0});
      const NodeIndex index = added ? (entry->second = graph_.add({})) : entry->second;
      if (added) fill_object<T>(index, object_parts<T>(options));
      return sizeof...(Options) == 0 ? index : refer_to(index, options);
    }
  }

  /// Attributes of one use of a described type do not apply to the type.
  template <class... Options>
  NodeIndex refer_to(NodeIndex index, const std::tuple<Options...>& options) {
    SchemaNode reference;
    reference.same_as = index;
    std::apply([&](const auto&... each) { (apply_option(reference, each), ...); }, options);
    return graph_.add(std::move(reference));
  }

  template <class T, class... Parts>
  void fill_object(NodeIndex index, const std::tuple<Parts...>& parts) {
    SchemaNode node;
    node.types = kObject;
    node.type_name = type_name<T>();
    if constexpr (!(std::is_same_v<Parts, Open> || ...)) node.additional_properties = never();
    std::apply([&](const auto&... each) { (add_part(node, each), ...); }, parts);
    graph_.nodes[index] = std::move(node);
  }

  template <auto Member, class... Options>
  void add_part(SchemaNode& node, const Field<Member, Options...>& part) {
    using Type = FieldType<Member>;
    node.properties.push_back({std::string(part.name), add<Type>(part.options), !may_be_absent<Type>});
  }
  void add_part(SchemaNode& node, const Tag& part) {
    SchemaNode constant;
    constant.types = kString;
    constant.enumeration = {json_string(part.value)};
    constant.is_const = true;
    node.properties.push_back({std::string(part.name), graph_.add(std::move(constant)), true});
  }
  void add_part(SchemaNode& node, const Description& part) { node.description = part.text; }
  template <class Other>
  void add_part(SchemaNode&, const Other&) {}  // about delivery, or done above

  template <class... Alternatives>
  void add_alternatives(SchemaNode& node, const std::variant<Alternatives...>*) {
    check_alternatives<Alternatives...>();
    OneOf one_of;
    ((one_of.tag = tag_of<Alternatives>().name), ...);
    (one_of.by_tag.emplace_back(tag_of<Alternatives>().value, add<Alternatives>(std::tuple<>{})), ...);
    node.one_of = std::move(one_of);
  }

  NodeIndex with_null(NodeIndex index) {
    SchemaNode null_node;
    null_node.types = kNull;
    if (!graph_.nodes[index].same_as && !is_described(index)) {  // this node is used once
      SchemaNode& node = graph_.nodes[index];
      node.types |= kNull;
      if (node.enumeration) node.enumeration->push_back("null");
      node.is_const = false;
      if (!node.one_of) return index;
      const NodeIndex null_index = graph_.add(std::move(null_node));
      graph_.nodes[index].one_of->by_type.push_back(null_index);
      return index;
    }
    SchemaNode either;
    either.types = kNull | kObject;
    either.one_of = OneOf{{graph_.add(std::move(null_node)), index}, {}, {}};
    return graph_.add(std::move(either));
  }

  template <class T>
  static void set_range(SchemaNode& node) {
    constexpr double kSafe = static_cast<double>(kSafeIntegerMax);
    if constexpr (std::is_signed_v<T>)
      node.minimum = std::max(-kSafe, static_cast<double>(std::numeric_limits<T>::min()));
    else
      node.minimum = 0;
    node.maximum = std::min(kSafe, static_cast<double>(std::numeric_limits<T>::max()));
  }
  /// An author's bound may be narrower than the type, never wider.
  template <class T>
  static void narrow_range(SchemaNode& node) {
    SchemaNode range;
    set_range<T>(range);
    node.minimum = std::max(*node.minimum, *range.minimum);
    node.maximum = std::min(*node.maximum, *range.maximum);
  }

  template <class Values>
  static void set_values(SchemaNode& node, const Values& values) {
    node.enumeration.emplace();
    for (const std::string_view name : values.names) node.enumeration->push_back(json_string(name));
  }

  template <class Option>
  static void apply_option(SchemaNode& node, const Option& option) {
    if constexpr (is_bound<Option>)
      option.apply(node);
    else if constexpr (std::is_same_v<Option, Description>)
      node.description = option.text;
  }

  NodeIndex never() {
    SchemaNode node;
    node.types = 0;
    return graph_.add(std::move(node));
  }
  [[nodiscard]] bool is_described(NodeIndex index) const {
    return std::any_of(described_.begin(), described_.end(), [&](const auto& entry) { return entry.second == index; });
  }

  SchemaGraph& graph_;
  std::map<const void*, NodeIndex> described_;  // address of describe<T> -> node
};

}  // namespace dialogue::define_detail
