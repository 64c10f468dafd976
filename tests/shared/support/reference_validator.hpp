// The validator a second time: over trees and the schema graph as the author wrote it, with no thought of speed. It names every
// fault that a document has; the real validator must name one of them, and none when there is none.
#pragma once
#include <map>
#include <set>
#include <string>

#include "shared/json/json_reader.hpp"
#include "shared/schema/schema.hpp"
#include "tests/shared/support/json_value.hpp"
#include "tests/shared/support/reference_formats.hpp"
#include "tests/shared/support/reference_number.hpp"

namespace dialogue::testing {

class ReferenceValidator {
 public:
  explicit ReferenceValidator(const SchemaGraph& graph) : graph_(graph) {}

  /// "code path" of every fault.
  std::set<std::string> faults(NodeIndex root, const JsonTree& value) {
    faults_.clear();
    check(root, value, "$");
    return faults_;
  }

  /// A number was too long for the reference to hold; its word then counts for nothing.
  [[nodiscard]] bool gave_up() const { return gave_up_; }

 private:
  using Kind = JsonTree::Kind;

  const SchemaNode& node_at(NodeIndex index) const {
    while (graph_.nodes[index].same_as) index = *graph_.nodes[index].same_as;
    return graph_.nodes[index];
  }

  FixedNumber number(const std::string& literal) {
    const auto found = FixedNumber::of(literal);
    gave_up_ |= !found;
    return found.value_or(FixedNumber());
  }

  std::uint8_t type_of(const JsonTree& value) {
    switch (value.kind) {
      case Kind::null:
        return kNull;
      case Kind::boolean:
        return kBoolean;
      case Kind::number:
        return number(value.text).is_integer() ? kInteger : kNumber;
      case Kind::string:
        return kString;
      case Kind::array:
        return kArray;
      case Kind::object:
        return kObject;
    }
    return 0;
  }

  static std::uint8_t with_integers(std::uint8_t types) { return (types & kNumber) != 0 ? types | kInteger : types; }

  bool equal(const JsonTree& a, const JsonTree& b) {
    if (a.kind != b.kind) return false;
    switch (a.kind) {
      case Kind::null:
        return true;
      case Kind::boolean:
        return a.boolean == b.boolean;
      case Kind::number:
        return number(a.text).compare(number(b.text)) == 0;
      case Kind::string:
        return a.text == b.text;
      case Kind::array: {
        bool same = a.items.size() == b.items.size();
        for (std::size_t i = 0; same && i < a.items.size(); ++i) same = equal(a.items[i], b.items[i]);
        return same;
      }
      case Kind::object: {
        const auto a_members = last_members(a), b_members = last_members(b);
        bool same = a_members.size() == b_members.size();
        for (const auto& [key, value] : a_members) same = same && b_members.contains(key) && equal(*value, *b_members.at(key));
        return same;
      }
    }
    return false;
  }

  static std::map<std::string, const JsonTree*> last_members(const JsonTree& object) {
    std::map<std::string, const JsonTree*> members;
    for (const auto& [key, value] : object.members) members[key] = &value;
    return members;
  }

  void fault(const char* code, const std::string& path) { faults_.insert(code + (" " + path)); }

  void check(NodeIndex index, const JsonTree& value, const std::string& path) {
    const SchemaNode& node = node_at(index);
    if (node.one_of) return check_one_of(node, value, path);
    const std::uint8_t type = type_of(value);
    std::uint8_t types = with_integers(node.types);
    std::vector<JsonTree> listed;
    if (node.enumeration) {
      std::uint8_t listed_types = 0;
      for (const std::string& text : *node.enumeration) {
        JsonTree item = *JsonTreeReader::read(text).tree;
        if ((type_of(item) & types) == 0) continue;
        listed_types |= type_of(item);
        if (std::none_of(listed.begin(), listed.end(), [&](const JsonTree& other) { return equal(item, other); }))
          listed.push_back(item);
      }
      types &= with_integers(listed_types);
    }
    if ((types & type) == 0) return fault(types == 0 ? "value_forbidden" : "wrong_type", path);
    if (node.enumeration && std::none_of(listed.begin(), listed.end(), [&](const JsonTree& item) { return equal(item, value); }))
      fault(listed.size() == 1 ? "not_const" : "not_in_enum", path);
    if (value.kind == Kind::number) check_number(node, value, path);
    if (value.kind == Kind::string) check_string(node, value, path);
    if (value.kind == Kind::array) check_array(node, value, path);
    if (value.kind == Kind::object) check_object(node, value, path);
  }

  /// Without what a list of values excludes: a list that leaves nothing is no definition.
  std::uint8_t allowed_types(const SchemaNode& node) const {
    if (!node.one_of) return with_integers(node.types);
    std::uint8_t types = node.one_of->by_tag.empty() ? 0 : kObject;
    for (const NodeIndex branch : node.one_of->by_type) types |= with_integers(node_at(branch).types);
    return types & with_integers(node.types);
  }

  void check_one_of(const SchemaNode& node, const JsonTree& value, const std::string& path) {
    const OneOf& one_of = *node.one_of;
    const std::uint8_t type = type_of(value), types = allowed_types(node);
    if ((types & type) == 0) return fault(types == 0 ? "value_forbidden" : "wrong_type", path);
    if (type != kObject || one_of.by_tag.empty()) {
      for (const NodeIndex branch : one_of.by_type)
        if ((with_integers(node_at(branch).types) & type) != 0) check(branch, value, path);
      return;
    }
    for (const auto& [key, tag] : value.members) {
      if (key != one_of.tag) continue;
      for (const auto& [text, branch] : one_of.by_tag)
        if (tag.kind == Kind::string && tag.text == text) return check(branch, value, path);
      return fault("variant_unknown", child(path, key));
    }
    fault("required_missing", path);
  }

  void check_number(const SchemaNode& node, const JsonTree& value, const std::string& path) {
    const FixedNumber found = number(value.text);
    const auto order = [&](double bound) { return found.compare(number(canonical_number(bound))); };
    if (node.minimum && order(*node.minimum) < 0) fault("too_small", path);
    if (node.exclusive_minimum && order(*node.exclusive_minimum) <= 0) fault("too_small", path);
    if (node.maximum && order(*node.maximum) > 0) fault("too_large", path);
    if (node.exclusive_maximum && order(*node.exclusive_maximum) >= 0) fault("too_large", path);
    if (node.multiple_of && !found.is_multiple_of(number(canonical_number(*node.multiple_of)))) fault("not_multiple", path);
  }

  void check_string(const SchemaNode& node, const JsonTree& value, const std::string& path) {
    const std::size_t length = code_points(value.text);
    if (node.min_length && length < *node.min_length) fault("too_short", path);
    if (node.max_length && length > *node.max_length) fault("too_long", path);
    const auto bytes = node.format == Format::bytes ? decode_base64(value.text) : std::nullopt;
    if (bytes && node.min_bytes && bytes->size() < *node.min_bytes) fault("too_few_bytes", path);
    if (bytes && node.max_bytes && bytes->size() > *node.max_bytes) fault("too_many_bytes", path);
    if (node.pattern && !reference_pattern(*node.pattern, value.text)) fault("pattern_mismatch", path);
    if (!reference_format(node.format, value.text)) fault("format_mismatch", path);
  }

  void check_array(const SchemaNode& node, const JsonTree& value, const std::string& path) {
    if (node.min_items && value.items.size() < *node.min_items) fault("too_few_items", path);
    if (node.max_items && value.items.size() > *node.max_items) fault("too_many_items", path);
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const std::string item_path = path + "[" + std::to_string(i) + "]";
      if (i < node.prefix_items.size())
        check(node.prefix_items[i], value.items[i], item_path);
      else if (node.items)
        check(*node.items, value.items[i], item_path);
      for (std::size_t k = 0; node.unique_items && k < i; ++k)
        if (equal(value.items[i], value.items[k])) fault("items_not_unique", item_path);
    }
  }

  void check_object(const SchemaNode& node, const JsonTree& value, const std::string& path) {
    std::map<std::string, std::size_t> counts;
    for (const auto& each : value.members) {
      const auto& key = each.first;  // no structured binding: clang 14 lets no lambda capture one
      const JsonTree& member = each.second;
      const std::string member_path = child(path, key);
      ++counts[key];
      const auto declared =
          std::find_if(node.properties.begin(), node.properties.end(), [&](const PropertySchema& p) { return p.name == key; });
      if (declared != node.properties.end() && counts[key] > 1) fault("duplicate_key", member_path);
      if (declared != node.properties.end() && declared->schema)
        check(*declared->schema, member, member_path);
      else if (node.additional_properties && declared == node.properties.end() &&
               allowed_types(node_at(*node.additional_properties)) == 0)
        fault("property_unknown", member_path);
      else if (node.additional_properties)
        check(*node.additional_properties, member, member_path);
    }
    for (const PropertySchema& property : node.properties)
      if (property.required && !counts.contains(property.name)) fault("required_missing", path);
    if (node.min_properties && counts.size() < *node.min_properties) fault("too_few_properties", path);
    if (node.max_properties && counts.size() > *node.max_properties) fault("too_many_properties", path);
  }

  static std::string child(const std::string& path, const std::string& key) {
    constexpr const char* kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$0123456789";
    const bool identifier =
        !key.empty() && (key[0] < '0' || key[0] > '9') && key.find_first_not_of(kLetters) == std::string::npos;
    std::string step = identifier ? "." + key : "[";
    if (identifier) return path + step;
    append_json_string(step, key);
    return path + step + "]";
  }

  const SchemaGraph& graph_;
  std::set<std::string> faults_;
  bool gave_up_ = false;
};

}  // namespace dialogue::testing
