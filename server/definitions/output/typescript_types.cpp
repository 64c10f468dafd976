#include "server/definitions/output/typescript_types.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "server/definitions/schema/bounds_text.hpp"
#include "server/definitions/schema/schema_values.hpp"
#include "server/definitions/source/json_document.hpp"
#include "shared/json/json_text.hpp"
#include "shared/schema/canonical_json.hpp"

namespace dialogue::definitions {
namespace {

constexpr std::uint64_t kTupleItemsMax = 8;  // a longer fixed array reads better as T[]

std::string property_key(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; };
  bool plain = !name.empty() && letter(name[0]);
  for (const char c : name) plain = plain && (letter(c) || (c >= '0' && c <= '9'));
  if (plain) return std::string(name);
  return json_string(name);
}

std::string literal_type(const JsonValue& value) {
  std::string out;
  switch (value.kind) {
    case JsonValue::Kind::array:
      for (const JsonValue& item : value.items) out += (out.empty() ? "" : ", ") + literal_type(item);
      return '[' + out + ']';
    case JsonValue::Kind::object:
      for (const JsonMember& member : value.members)
        out += (out.empty() ? "" : "; ") + property_key(member.key) + ": " + literal_type(member.value);
      return out.empty() ? "Record<string, never>" : "{ " + out + " }";
    case JsonValue::Kind::number:
      return std::isfinite(value.number()) ? value.text : "number";
    default:
      return to_compact_json(value);
  }
}

/// The parts of a union, as they stand beside each other at the top of the type.
std::vector<std::string> alternatives_of(const std::string& type) {
  std::vector<std::string> out = {""};
  int depth = 0;
  bool quoted = false, comment = false;
  for (std::size_t i = 0; i < type.size(); ++i) {
    const char c = type[i];
    const std::string_view here = std::string_view(type).substr(i);
    if (comment) {
      comment = !here.starts_with("*/");
    } else if (quoted) {
      if (c == '\\') out.back() += type[i++];
      quoted = c != '"';
    } else if (here.starts_with("/*")) {
      comment = true;
    } else if (c == '"') {
      quoted = true;
    } else if (std::string_view("([{<").find(c) != std::string_view::npos) {
      ++depth;
    } else if (std::string_view(")]}>").find(c) != std::string_view::npos) {
      --depth;
    } else if (depth == 0 && here.starts_with(" | ")) {
      out.emplace_back();
      i += 2;
      continue;
    }
    out.back() += type[i];
  }
  return out;
}

/// Adds those parts of `type` that are not there yet.
void add_alternatives(std::string& out, const std::string& type) {
  std::vector<std::string> there = out.empty() ? std::vector<std::string>{} : alternatives_of(out);
  for (const std::string& each : alternatives_of(type)) {
    if (std::find(there.begin(), there.end(), each) != there.end()) continue;
    out += (out.empty() ? "" : " | ") + each;
    there.push_back(each);
  }
}

}  // namespace

std::string literal_type(std::string_view json) { return literal_type(parse_json_document(json).root); }

bool is_bytes(const SchemaNode& node) {
  return (node.types & kString) != 0 && node.format == Format::bytes && !node.enumeration && !node.one_of;
}

std::string hidden_bounds(const SchemaNode& node) {
  const bool whole = (node.types & kInteger) && !(node.types & kNumber) && !node.enumeration;
  const std::string bounds = node.enumeration ? "" : bounds_text(node);
  return (whole ? "a whole number" : "") + std::string(whole && !bounds.empty() ? "; " : "") + bounds;
}

SchemaGraph with_possible_values(SchemaGraph graph) {
  SchemaValues values(graph);
  for (NodeIndex index = 0; index < graph.nodes.size(); ++index) {
    SchemaNode& node = graph.nodes[index];
    if (!node.enumeration) continue;
    const bool has_bounds = !bounds_text(node).empty() || !node.properties.empty() || node.additional_properties || node.items ||
                            !node.prefix_items.empty();
    if (has_bounds) node.enumeration = values.accepted(index, *node.enumeration);
  }
  return graph;
}

std::string jsdoc(std::string_view text, std::string_view indent) {
  if (text.empty()) return {};
  std::string lines;
  for (const char c : text) {
    if (c == '\n')
      lines += '\n' + std::string(indent) + " * ";
    else if (c == '/' && !lines.empty() && lines.back() == '*')
      lines += "\\/";  // would end the comment
    else if (c != '\r')
      lines += c;
  }
  const bool one_line = text.find('\n') == std::string_view::npos;
  const std::string begin(indent);
  return one_line ? begin + "/** " + lines + " */\n" : begin + "/**\n" + begin + " * " + lines + '\n' + begin + " */\n";
}

std::string TypeWriter::reference(NodeIndex node, std::string_view indent, std::uint8_t types) const {
  const NodeIndex resolved = resolve_node(graph_, node);
  const bool is_whole = (graph_.nodes[resolved].types & ~types) == 0;
  const std::string* name = is_whole ? names_.find(resolved) : nullptr;
  return name ? *name : expression(resolved, indent, types);
}

bool TypeWriter::is_interface(NodeIndex node) const {
  const SchemaNode& schema = graph_.nodes[node];
  return schema.types == kObject && !schema.enumeration && !schema.one_of;
}

std::string TypeWriter::expression(NodeIndex index, std::string_view indent, std::uint8_t mask) const {
  const SchemaNode& node = graph_.nodes[index];
  const auto types = static_cast<std::uint8_t>(node.types & mask);
  std::string out;
  if (node.enumeration) {
    for (const std::string& value : *node.enumeration)
      if ((json_types(value) & types) != 0) add_alternatives(out, literal_type(value));
  } else if (node.one_of) {
    out = choice(node, indent, types);
  } else if (types == kAnyType && allows_anything(graph_, node)) {
    return "unknown";
  } else {
    if (types & kString) add_alternatives(out, is_bytes(node) ? "Uint8Array" : node.max_length == 0 ? "\"\"" : "string");
    if (types & (kInteger | kNumber)) add_alternatives(out, "number");
    if (types & kBoolean) add_alternatives(out, "boolean");
    if (types & kArray) add_alternatives(out, array(node, indent));
    if (types & kObject) add_alternatives(out, object(node, indent));
    if (types & kNull) add_alternatives(out, "null");
  }
  return out.empty() ? "never" : out;
}

std::string TypeWriter::choice(const SchemaNode& node, std::string_view indent, std::uint8_t types) const {
  std::string out;
  if (types & kObject)
    for (const auto& [value, branch] : node.one_of->by_tag) add_alternatives(out, reference(branch, indent));
  for (const bool null_last : {false, true})  // as people write it: T | null
    for (const NodeIndex branch : node.one_of->by_type) {
      const std::uint8_t its_types = graph_.nodes[resolve_node(graph_, branch)].types;
      // A whole number is a number: what allows either says the same here.
      const auto kept = static_cast<std::uint8_t>((types & kNumber) != 0 ? types | kInteger : types);
      if ((its_types & kept) != 0 && (its_types == kNull) == null_last) add_alternatives(out, reference(branch, indent, kept));
    }
  return out;
}

std::string TypeWriter::element(NodeIndex node, std::string_view indent) const {
  const std::string type = reference(node, indent);
  return alternatives_of(type).size() == 1 ? type : '(' + type + ')';
}

/// A list of any length is T[]: its length remains a bound, because lists that are made at run time have no length in their
/// type. A list with typed places is a tuple, one for each length if items may be omitted: `[T?]` would allow undefined.
std::string TypeWriter::array(const SchemaNode& node, std::string_view indent) const {
  const auto is_never = [&](NodeIndex item) { return graph_.nodes[resolve_node(graph_, item)].types == 0; };
  std::optional<std::uint64_t> most = node.max_items;
  for (std::uint64_t i = 0; i <= node.prefix_items.size() && i < most.value_or(i + 1); ++i)
    if (i < node.prefix_items.size() ? is_never(node.prefix_items[i]) : node.items && is_never(*node.items)) most = i;
  if (most == 0U) return "[]";
  const std::uint64_t least = node.min_items.value_or(0);
  const std::string item = node.items ? element(*node.items, indent) : "unknown";
  const bool is_fixed = least > 0 && least == most && least <= kTupleItemsMax;
  if (node.prefix_items.empty() && !is_fixed) return item + "[]";
  const std::uint64_t placed = std::max<std::uint64_t>(node.prefix_items.size(), std::min(least, kTupleItemsMax));
  const bool is_open = !most || (*most > placed && *most > kTupleItemsMax);
  const std::uint64_t longest = is_open ? placed : *most, shortest = std::min(least, longest);
  const std::string rest = is_open ? "..." + item + "[]" : "";
  std::string out;
  for (std::uint64_t count = shortest; count <= longest; ++count)
    add_alternatives(out, tuple(node, count, count == longest ? rest : "", indent));
  return out;
}

std::string TypeWriter::tuple(const SchemaNode& node, std::uint64_t count, std::string_view rest, std::string_view indent) const {
  std::string out;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto place = static_cast<std::size_t>(i);
    const bool listed = place < node.prefix_items.size();
    const std::string type = listed       ? reference(node.prefix_items[place], indent)
                             : node.items ? reference(*node.items, indent)
                                          : "unknown";
    out += (out.empty() ? "" : ", ") + type;
  }
  if (!rest.empty()) out += (out.empty() ? "" : ", ") + std::string(rest);
  return '[' + out + ']';
}

/// Beside declared properties it must fit them all, so it says what any property may be.
std::string TypeWriter::index_signature(const SchemaNode& node, std::string_view indent) const {
  std::string type = "unknown";
  if (node.additional_properties) {
    if (graph_.nodes[resolve_node(graph_, *node.additional_properties)].types == 0) return {};
    type = reference(*node.additional_properties, indent);
  }
  bool may_lack = false;
  for (const PropertySchema& property : node.properties) {
    may_lack |= !property.required;
    if (property.schema) add_alternatives(type, reference(*property.schema, indent));
  }
  if (may_lack) add_alternatives(type, "undefined");
  const std::vector<std::string> alternatives = alternatives_of(type);
  if (std::find(alternatives.begin(), alternatives.end(), "unknown") != alternatives.end()) type = "unknown";
  return "[key: string]: " + type + ";";
}

std::string TypeWriter::object(const SchemaNode& node, std::string_view indent) const {
  const std::string inner = std::string(indent) + "  ";
  if (node.max_properties == 0U) return "Record<string, never>";
  const std::string others = index_signature(node, inner);
  if (node.properties.empty())
    return others.empty() ? "Record<string, never>" : "{ " + others.substr(0, others.size() - 1) + " }";
  std::string out = "{\n";
  for (const PropertySchema& property : node.properties) {
    const auto schema = property.schema ? property.schema : node.additional_properties;
    if (schema) out += jsdoc(remarks(*schema), inner);
    out += inner + property_key(property.name) + (property.required ? ": " : "?: ") +
           (schema ? reference(*schema, inner) : "unknown") + ";\n";
  }
  if (!others.empty()) out += inner + others + '\n';
  return out + std::string(indent) + '}';
}

std::string TypeWriter::remarks(NodeIndex index) const {
  const NodeIndex resolved = resolve_node(graph_, index);
  std::string out = graph_.nodes[index].description;
  if (names_.find(resolved) != nullptr) return out;  // the rest stands at the named type
  if (out.empty()) out = graph_.nodes[resolved].description;
  const std::string bounds = hidden_bounds(graph_.nodes[resolved]);
  return out + (out.empty() || bounds.empty() ? "" : "\n") + bounds;
}

}  // namespace dialogue::definitions
