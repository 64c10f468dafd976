#include "server/definitions/schema_compatibility.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "server/definitions/bounds_text.hpp"
#include "server/definitions/typescript_names.hpp"

namespace dialogue {
namespace {

const SchemaNode kAnything{};

/// "string, null"; a number that may have a fraction is told from a whole one.
std::string type_names(std::uint8_t types) {
  static constexpr std::array<std::pair<std::uint8_t, std::string_view>, 7> kNames = {{{kNull, "null"},
                                                                                       {kBoolean, "boolean"},
                                                                                       {kNumber, "numbers with a fraction"},
                                                                                       {kInteger, "whole numbers"},
                                                                                       {kString, "strings"},
                                                                                       {kArray, "arrays"},
                                                                                       {kObject, "objects"}}};
  std::string out;
  for (const auto& [bit, name] : kNames)
    if (types & bit) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

const PropertySchema* find_property(const SchemaNode& node, const std::string& name) {
  const auto found =
      std::find_if(node.properties.begin(), node.properties.end(), [&](const PropertySchema& p) { return p.name == name; });
  return found == node.properties.end() ? nullptr : &*found;
}

/// The schema that a property's value must fit: its own, else that of undeclared ones.
std::optional<NodeIndex> schema_of(const PropertySchema& property, const SchemaNode& node) {
  return property.schema ? property.schema : node.additional_properties;
}

/// The schema of an array's item at `index`.
std::optional<NodeIndex> item_schema(const SchemaNode& node, std::size_t index) {
  return index < node.prefix_items.size() ? std::optional(node.prefix_items[index]) : node.items;
}

std::string values_text(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : ", ") + value;
  return out;
}

std::vector<std::string> without(const std::vector<std::string>& all, const std::vector<std::string>& those) {
  std::vector<std::string> out;
  for (const std::string& each : all)
    if (std::find(those.begin(), those.end(), each) == those.end()) out.push_back(each);
  return out;
}

}  // namespace

void SchemaComparison::compare(std::optional<NodeIndex> before, std::optional<NodeIndex> after, const std::string& where) {
  if (before) before = resolve_node(before_graph_, *before);
  if (after) after = resolve_node(after_graph_, *after);
  if ((!before && !after) || !seen_.emplace(before, after).second) return;
  const SchemaNode& old_node = before ? before_graph_.nodes[*before] : kAnything;
  const SchemaNode& new_node = after ? after_graph_.nodes[*after] : kAnything;
  compare_types(old_node, new_node, where);
  compare_values(old_node, new_node, where);
  compare_bounds(old_node, new_node, where);
  if (old_node.types & new_node.types & kObject) compare_properties(old_node, new_node, where);
  if (old_node.types & new_node.types & kArray) compare_items(old_node, new_node, where);
  if (old_node.one_of || new_node.one_of) compare_variants(old_node, new_node, where);
}

bool SchemaComparison::is_never(const SchemaGraph& graph, std::optional<NodeIndex> node) const {
  return node && graph.nodes[resolve_node(graph, *node)].types == 0;
}

void SchemaComparison::compare_types(Node before, Node after, const std::string& where) {
  const auto lost = static_cast<std::uint8_t>(before.types & ~after.types),
             gained = static_cast<std::uint8_t>(after.types & ~before.types);
  if (lost != 0) note(Impact::breaks_both, where, "no longer allows " + type_names(lost) + ".");
  if (gained != 0) note(Impact::breaks_readers, where, "allows " + type_names(gained) + " now, which old readers do not expect.");
}

void SchemaComparison::compare_values(Node before, Node after, const std::string& where) {
  if (!before.enumeration && !after.enumeration) return;
  if (!before.enumeration) return note(Impact::breaks_both, where, "only allows " + values_text(*after.enumeration) + " now.");
  if (!after.enumeration)
    return note(Impact::breaks_readers, where, "is no longer limited to " + values_text(*before.enumeration) + ".");
  const auto lost = without(*before.enumeration, *after.enumeration), gained = without(*after.enumeration, *before.enumeration);
  if (!lost.empty()) note(Impact::breaks_both, where, "no longer allows " + values_text(lost) + ".");
  if (!gained.empty())
    note(Impact::breaks_readers, where, "allows " + values_text(gained) + " now, which old readers do not expect.");
}

/// Bounds are not types: readers do not depend on them, publishers do.
void SchemaComparison::compare_bounds(Node before, Node after, const std::string& where) {
  const std::string old_text = bounds_text(before), new_text = bounds_text(after);
  bool tighter = false;
  const auto least = [&](const auto& was, const auto& is) { tighter = tighter || (is && (!was || *is > *was)); };
  const auto most = [&](const auto& was, const auto& is) { tighter = tighter || (is && (!was || *is < *was)); };
  const auto both = static_cast<std::uint8_t>(before.types & after.types);
  if (both & kString) {
    least(before.min_length, after.min_length), most(before.max_length, after.max_length);
    tighter = tighter || (after.pattern && after.pattern != before.pattern) ||
              (after.format != Format::none && after.format != before.format);
  }
  if (both & (kInteger | kNumber)) {
    least(before.minimum, after.minimum), most(before.maximum, after.maximum);
    least(before.exclusive_minimum, after.exclusive_minimum), most(before.exclusive_maximum, after.exclusive_maximum);
    const bool same_steps = after.multiple_of && before.multiple_of && std::fmod(*before.multiple_of, *after.multiple_of) == 0;
    tighter = tighter || (after.multiple_of && !same_steps);
  }
  if (both & kArray) {
    least(before.min_items, after.min_items), most(before.max_items, after.max_items);
    tighter = tighter || (after.unique_items && !before.unique_items);
  }
  if (both & kObject) least(before.min_properties, after.min_properties), most(before.max_properties, after.max_properties);
  const auto words = [](const std::string& text) { return text.empty() ? std::string("unbounded") : text; };
  if (tighter)
    note(Impact::breaks_publishers, where, "is now " + words(new_text) + "; it was " + words(old_text) + ".");
  else if (old_text != new_text)
    note(Impact::harmless, where, "is now " + words(new_text) + "; it was " + words(old_text) + ".");
}

void SchemaComparison::compare_properties(Node before, Node after, const std::string& where) {
  for (const PropertySchema& property : before.properties) {
    const std::string place = where + '.' + property.name;
    const PropertySchema* now = find_property(after, property.name);
    if (now == nullptr) {
      property_gone(property, before, after, place);
      continue;
    }
    if (!property.required && now->required) note(Impact::breaks_both, place, "is required now.");
    if (property.required && !now->required)
      note(Impact::breaks_readers, place, "may be left out now, which old readers do not expect.");
    compare(schema_of(property, before), schema_of(*now, after), place);
  }
  for (const PropertySchema& property : after.properties)
    if (find_property(before, property.name) == nullptr) property_new(property, before, after, where + '.' + property.name);
  compare_other_properties(before, after, where);
}

void SchemaComparison::property_gone(const PropertySchema& property, Node before, Node after, const std::string& where) {
  if (is_never(after_graph_, after.additional_properties))
    return note(property.required ? Impact::breaks_both : Impact::breaks_publishers, where,
                "is gone, and undeclared properties are refused.");
  if (property.required)
    note(Impact::breaks_readers, where, "is gone, and old readers rely on it.");
  else
    note(Impact::harmless, where, "is no longer declared.");
  if (after.additional_properties) compare(schema_of(property, before), after.additional_properties, where);
}

void SchemaComparison::property_new(const PropertySchema& property, Node before, Node after, const std::string& where) {
  if (property.required) return note(Impact::breaks_both, where, "is new and required.");
  if (is_never(before_graph_, before.additional_properties)) return note(Impact::harmless, where, "is new and optional.");
  if (before.additional_properties) return compare(before.additional_properties, schema_of(property, after), where);
  note(Impact::breaks_publishers, where, "is declared now; before, anything could stand there.");
}

void SchemaComparison::compare_other_properties(Node before, Node after, const std::string& where) {
  const bool refused_before = is_never(before_graph_, before.additional_properties);
  const bool refused_now = is_never(after_graph_, after.additional_properties);
  if (refused_before && refused_now) return;
  if (refused_now) return note(Impact::breaks_publishers, where, "refuses undeclared properties now.");
  if (refused_before) return note(Impact::harmless, where, "allows undeclared properties now.");
  compare(before.additional_properties, after.additional_properties, where + ".*");
}

void SchemaComparison::compare_items(Node before, Node after, const std::string& where) {
  const std::size_t listed = std::max(before.prefix_items.size(), after.prefix_items.size());
  for (std::size_t i = 0; i < listed; ++i)
    compare(item_schema(before, i), item_schema(after, i), where + '[' + std::to_string(i) + ']');
  compare(before.items, after.items, where + "[*]");
}

void SchemaComparison::compare_variants(Node before, Node after, const std::string& where) {
  if (!before.one_of || !after.one_of || before.one_of->tag != after.one_of->tag)
    return note(Impact::breaks_both, where, "tells its variants apart in another way.");
  const auto find = [](const OneOf& one_of, const std::string& value) {
    return std::find_if(one_of.by_tag.begin(), one_of.by_tag.end(), [&](const auto& branch) { return branch.first == value; });
  };
  for (const auto& [value, branch] : before.one_of->by_tag) {
    const auto now = find(*after.one_of, value);
    if (now == after.one_of->by_tag.end())
      note(Impact::breaks_both, where, "no longer has the variant \"" + value + "\".");
    else
      compare(branch, now->second, where + '<' + value + '>');
  }
  for (const auto& [value, branch] : after.one_of->by_tag)
    if (find(*before.one_of, value) == before.one_of->by_tag.end())
      note(Impact::breaks_readers, where, "has the new variant \"" + value + "\", which old readers do not expect.");
  // Which types there are was compared already; here the branches of the same type are.
  for (const NodeIndex was : before.one_of->by_type)
    for (const NodeIndex is : after.one_of->by_type)
      if (before_graph_.nodes[resolve_node(before_graph_, was)].types & after_graph_.nodes[resolve_node(after_graph_, is)].types)
        compare(was, is, where);
}

}  // namespace dialogue
