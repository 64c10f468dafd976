// Only the keywords of docs/reference/schema.md occur, since only those can be in a graph.
#include "server/definitions/output/schema_text.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "server/definitions/schema/bounds_text.hpp"
#include "shared/base/base64.hpp"
#include "shared/schema/formats.hpp"

namespace dialogue::definitions {
namespace {

/// In the order in which people write them: null last.
constexpr std::array kTypesInOrder = {
    std::pair{kBoolean, "boolean"}, std::pair{kInteger, "integer"}, std::pair{kNumber, "number"}, std::pair{kString, "string"},
    std::pair{kArray, "array"},     std::pair{kObject, "object"},   std::pair{kNull, "null"},
};

void add_count(JsonText& text, std::string_view name, const std::optional<std::uint64_t>& count) {
  if (count) text.number(name, *count);
}

void add_bound(JsonText& text, std::string_view name, const std::optional<double>& bound) {
  if (bound) text.raw(name, number_text(*bound));
}

}  // namespace

std::string SchemaText::reference(NodeIndex node) const {
  const NodeIndex resolved = resolve_node(graph_, node);
  const std::string* const name = names_.find(resolved);
  return name == nullptr ? schema(resolved) : JsonText().text("$ref", std::string(place_) + *name).take();
}

std::string SchemaText::schema(NodeIndex index) const {
  const SchemaNode& node = graph_.nodes[index];
  if (node.types == 0) return "false";
  JsonText text;
  if (!node.description.empty()) text.text("description", node.description);
  if (node.enumeration) {
    const auto as_is = [](const std::string& value) { return value; };
    text.raw(node.is_const ? "const" : "enum", node.is_const ? node.enumeration->front() : json_array(*node.enumeration, as_is));
    return text.take();
  }
  if (node.one_of) {
    add_one_of(text, *node.one_of);
    return text.take();
  }
  add_types(text, node);
  add_number(text, node);
  add_string(text, node);
  add_array(text, node);
  add_object(text, node);
  return text.take();
}

void SchemaText::add_types(JsonText& text, const SchemaNode& node) const {
  if (node.types == kAnyType) return;
  std::vector<std::string_view> types;
  for (const auto& [bit, name] : kTypesInOrder) {
    const bool is_said_by_number = bit == kInteger && (node.types & kNumber) != 0;
    if ((node.types & bit) != 0 && !is_said_by_number) types.emplace_back(name);
  }
  text.raw("type", types.size() == 1 ? json_string(types.front()) : json_array(types, json_string));
}

void SchemaText::add_number(JsonText& text, const SchemaNode& node) const {
  add_bound(text, "minimum", node.minimum);
  add_bound(text, "maximum", node.maximum);
  add_bound(text, "exclusiveMinimum", node.exclusive_minimum);
  add_bound(text, "exclusiveMaximum", node.exclusive_maximum);
  add_bound(text, "multipleOf", node.multiple_of);
}

void SchemaText::add_string(JsonText& text, const SchemaNode& node) const {
  add_count(text, "minLength", node.min_bytes ? encoded_size(*node.min_bytes) : node.min_length);
  add_count(text, "maxLength", node.max_bytes ? encoded_size(*node.max_bytes) : node.max_length);
  if (node.pattern) text.text("pattern", *node.pattern);
  if (node.format == Format::bytes)
    text.text("contentEncoding", "base64");
  else if (node.format != Format::none)
    text.text("format", format_name(node.format));
}

void SchemaText::add_array(JsonText& text, const SchemaNode& node) const {
  add_count(text, "minItems", node.min_items);
  add_count(text, "maxItems", node.max_items);
  if (node.unique_items) text.flag("uniqueItems", true);
  const auto refer = [this](NodeIndex item) { return reference(item); };
  if (!node.prefix_items.empty()) text.raw("prefixItems", json_array(node.prefix_items, refer));
  if (node.items) text.raw("items", reference(*node.items));
}

void SchemaText::add_object(JsonText& text, const SchemaNode& node) const {
  add_count(text, "minProperties", node.min_properties);
  add_count(text, "maxProperties", node.max_properties);
  JsonText properties;
  std::vector<std::string_view> required;
  for (const PropertySchema& property : node.properties) {
    if (property.schema) properties.raw(property.name, reference(*property.schema));
    if (property.required) required.emplace_back(property.name);
  }
  if (const std::string members = properties.take(); members != "{}") text.raw("properties", members);
  if (!required.empty()) text.raw("required", json_array(required, json_string));
  if (node.additional_properties) text.raw("additionalProperties", reference(*node.additional_properties));
}

void SchemaText::add_one_of(JsonText& text, const OneOf& one_of) const {
  std::vector<NodeIndex> branches = one_of.by_type;
  for (const auto& [value, branch] : one_of.by_tag) branches.push_back(branch);
  text.raw("oneOf", json_array(branches, [this](NodeIndex branch) { return reference(branch); }));
}

}  // namespace dialogue::definitions
