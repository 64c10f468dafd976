// The schema graph: the form of a payload, as both kinds of author (C++ structs, JSON Schema) describe it. Built natively,
// once, at start or at build time; catalogue_builder turns it into the catalogue's bytes, which is all that running code ever
// reads. Nodes refer to each other by index, so recursion through $ref is an ordinary cycle. A plain value; no thread-safety of
// its own.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dialogue {

using NodeIndex = std::uint32_t;

/// JSON types as a set of bits. kInteger is a number whose value has no fraction (1.0 is an integer, as in JSON Schema).
enum TypeBit : std::uint8_t {
  kNull = 1,
  kBoolean = 2,
  kInteger = 4,
  kNumber = 8,
  kString = 16,
  kArray = 32,
  kObject = 64,
  kAnyType = 127
};

/// Formats that assert. Source of each grammar: docs/reference/schema.md.
enum class Format : std::uint8_t { none, date_time, date, time, email, hostname, ipv4, ipv6, uri, uuid, bytes };

struct PropertySchema {
  std::string name;                 ///< any string, unescaped UTF-8
  std::optional<NodeIndex> schema;  ///< absent: named in `required` only, its value falls under additional_properties
  bool required = false;
};

/// oneOf whose branches exclude each other by construction: by JSON type, and among objects by one property's constant.
struct OneOf {
  std::vector<NodeIndex> by_type;  ///< branches with disjoint type sets, none of them objects (unless tag is empty)
  std::string tag;                 ///< discriminator property; empty when no branch is tagged
  std::vector<std::pair<std::string, NodeIndex>> by_tag;  ///< value of the discriminator -> branch
};

struct SchemaNode {
  std::uint8_t types = kAnyType;     ///< TypeBit set; 0 is the schema `false`
  std::optional<NodeIndex> same_as;  ///< a bare $ref: this node is that node
  std::optional<double> minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;
  std::optional<std::uint64_t> min_length, max_length;  ///< Unicode code points; not with Format::bytes
  std::optional<std::uint64_t> min_bytes, max_bytes;    ///< only with Format::bytes: what the base64 stands for
  std::optional<std::uint64_t> min_items, max_items, min_properties, max_properties;
  std::optional<std::string> pattern;  ///< documented linear-time subset, not anchored (as in JSON Schema)
  Format format = Format::none;
  bool unique_items = false;
  std::vector<PropertySchema> properties;
  std::optional<NodeIndex> additional_properties;  ///< absent: anything
  std::vector<NodeIndex> prefix_items;
  std::optional<NodeIndex> items;                       ///< absent: anything
  std::optional<std::vector<std::string>> enumeration;  ///< each a JSON text; enum, or const as an enum of one
  bool is_const = false;                                ///< enumeration came from `const`: the verdict says not_const
  std::optional<OneOf> one_of;
  std::string type_name;    ///< for generated types: the name under $defs or of the C++ type; never in the catalogue
  bool is_shared = false;   ///< stands at the top of the definitions: events that have it as payload share its type
  std::string description;  ///< for generated types and docs; never in the catalogue
};

struct SchemaGraph {
  std::vector<SchemaNode> nodes;
  NodeIndex add(SchemaNode node) {
    nodes.push_back(std::move(node));
    return static_cast<NodeIndex>(nodes.size() - 1);
  }
};

}  // namespace dialogue
