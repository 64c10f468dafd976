// Bounds of one schema that exclude each other. Judged when every schema is read, since what stands behind a property counts too.
#include <algorithm>
#include <array>
#include <cmath>

#include "server/definitions/schema/bounds_text.hpp"
#include "server/definitions/schema/schema_reader.hpp"

namespace dialogue::definitions {

bool SchemaReader::is_never(std::optional<NodeIndex> node) const { return node && graph_.nodes[resolved(*node)].types == 0; }

void SchemaReader::contradiction(const Waiting& schema, std::string_view keyword, std::string message, std::string hint) {
  const JsonMember* member = schema.schema.find(keyword);
  problems_.add(member == nullptr ? schema.schema.offset : member->value.offset, pointer_child(schema.pointer, keyword),
                '`' + std::string(keyword) + "` " + std::move(message),
                hint.empty() ? "Correct one of the two; the schema `false` refuses everything." : std::move(hint));
}

void SchemaReader::check_contradictions(const Waiting& schema) {
  const SchemaNode& node = graph_.nodes[schema.node];
  check_units(node, schema);
  check_counts(node, schema);
  check_range(node, schema);
  check_required(node, schema);
}

void SchemaReader::check_units(const SchemaNode& node, const Waiting& schema) {
  const bool is_bytes = node.format == Format::bytes;
  for (const std::string_view keyword : is_bytes ? std::array{"minLength", "maxLength"} : std::array{"minBytes", "maxBytes"}) {
    if (schema.schema.find(keyword) == nullptr) continue;
    if (is_bytes)
      contradiction(schema, keyword, "counts characters, and the format is `bytes`.", "Write `minBytes` or `maxBytes`.");
    else
      contradiction(schema, keyword, "counts bytes, and the format is not `bytes`.", "Add \"format\": \"bytes\".");
  }
}

void SchemaReader::check_counts(const SchemaNode& node, const Waiting& schema) {
  const auto check = [&](const char* name, const std::optional<std::uint64_t>& least, const char* other,
                         const std::optional<std::uint64_t>& most) {
    if (least && most && *least > *most)
      contradiction(schema, name,
                    "is " + std::to_string(*least) + " and `" + other + "` " + std::to_string(*most) + ": nothing fits both.");
  };
  check("minLength", node.min_length, "maxLength", node.max_length);
  check("minBytes", node.min_bytes, "maxBytes", node.max_bytes);
  check("minItems", node.min_items, "maxItems", node.max_items);
  check("minProperties", node.min_properties, "maxProperties", node.max_properties);
  std::optional<std::uint64_t> items;  // how many can stand before one that nothing fits
  for (std::size_t i = 0; i <= node.prefix_items.size() && !items; ++i)
    if (is_never(i < node.prefix_items.size() ? node.prefix_items[i] : node.items)) items = i;
  if (node.min_items && items && *node.min_items > *items)
    contradiction(
        schema, "minItems",
        "is " + std::to_string(*node.min_items) + ", and no item can stand behind the first " + std::to_string(*items) + '.');
}

void SchemaReader::check_range(const SchemaNode& node, const Waiting& schema) {
  struct Bound {
    const char* name;
    std::optional<double> value;
    bool exclusive;
  };
  const bool whole = (node.types & (kInteger | kNumber)) == kInteger;
  for (const Bound& least : {Bound{"minimum", node.minimum, false}, Bound{"exclusiveMinimum", node.exclusive_minimum, true}})
    for (const Bound& most : {Bound{"maximum", node.maximum, false}, Bound{"exclusiveMaximum", node.exclusive_maximum, true}}) {
      if (!least.value || !most.value) continue;
      const bool is_empty = *least.value > *most.value || (*least.value == *most.value && (least.exclusive || most.exclusive));
      const double first = least.exclusive ? std::floor(*least.value) + 1 : std::ceil(*least.value);
      const double last = most.exclusive ? std::ceil(*most.value) - 1 : std::floor(*most.value);
      if (is_empty || (whole && first > last))
        contradiction(schema, least.name,
                      "is " + number_text(*least.value) + " and `" + most.name + "` " + number_text(*most.value) + ": no " +
                          (is_empty ? "number" : "whole number") + " fits both.");
    }
}

void SchemaReader::check_required(const SchemaNode& node, const Waiting& schema) {
  std::uint64_t required = 0, possible = 0;
  for (const PropertySchema& property : node.properties) {
    const bool never = is_never(property.schema ? property.schema : node.additional_properties);
    required += property.required ? 1 : 0;
    possible += never ? 0 : 1;
    if (property.required && never)
      contradiction(schema, "required",
                    "names \"" + property.name + "\", which " +
                        (property.schema ? "is declared as `false`." : "`additionalProperties` refuses."),
                    "Declare it under `properties`, or do not require it.");
  }
  if (node.max_properties && required > *node.max_properties)
    contradiction(
        schema, "maxProperties",
        "is " + std::to_string(*node.max_properties) + ", and " + std::to_string(required) + " properties are required.");
  if (node.min_properties && is_never(node.additional_properties) && *node.min_properties > possible)
    contradiction(
        schema, "minProperties",
        "is " + std::to_string(*node.min_properties) + ", and only " + std::to_string(possible) + " properties can stand.");
}

}  // namespace dialogue::definitions
