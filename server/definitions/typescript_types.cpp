#include "server/definitions/typescript_types.hpp"

#include "server/definitions/bounds_text.hpp"
#include "server/definitions/json_document.hpp"
#include "shared/json_text.hpp"

namespace dialogue {
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
    default:
      return to_compact_json(value);
  }
}

void add_alternative(std::string& out, const std::string& type) { out += (out.empty() ? "" : " | ") + type; }

}  // namespace

std::string literal_type(std::string_view json) { return literal_type(parse_json_document(json).root); }

std::string hidden_bounds(const SchemaNode& node) {
  const bool whole = (node.types & kInteger) && !(node.types & kNumber) && !node.enumeration;
  const std::string bounds = node.enumeration ? "" : bounds_text(node);
  return (whole ? "a whole number" : "") + std::string(whole && !bounds.empty() ? "; " : "") + bounds;
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

std::string TypeWriter::reference(NodeIndex node, std::string_view indent) const {
  const NodeIndex resolved = resolve_node(graph_, node);
  const std::string* name = names_.find(resolved);
  return name ? *name : expression(resolved, indent);
}

bool TypeWriter::is_interface(NodeIndex node) const {
  const SchemaNode& schema = graph_.nodes[node];
  return schema.types == kObject && !schema.enumeration && !schema.one_of;
}

std::string TypeWriter::expression(NodeIndex index, std::string_view indent) const {
  const SchemaNode& node = graph_.nodes[index];
  if (allows_anything(node)) return "unknown";
  std::string out;
  if (node.enumeration) {
    for (const std::string& value : *node.enumeration) add_alternative(out, literal_type(value));
  } else if (node.one_of) {
    for (const auto& [value, branch] : node.one_of->by_tag) add_alternative(out, reference(branch, indent));
    for (const bool null_last : {false, true})  // as people write it: T | null
      for (const NodeIndex branch : node.one_of->by_type)
        if ((graph_.nodes[resolve_node(graph_, branch)].types == kNull) == null_last)
          add_alternative(out, reference(branch, indent));
  } else {
    if (node.types & kString) add_alternative(out, "string");
    if (node.types & (kInteger | kNumber)) add_alternative(out, "number");
    if (node.types & kBoolean) add_alternative(out, "boolean");
    if (node.types & kArray) add_alternative(out, array(node, indent));
    if (node.types & kObject) add_alternative(out, object(node, indent));
    if (node.types & kNull) add_alternative(out, "null");
  }
  return out.empty() ? "never" : out;
}

std::string TypeWriter::element(NodeIndex node, std::string_view indent) const {
  const std::string type = reference(node, indent);
  return type.find(" | ") == std::string::npos || type[0] == '{' ? type : '(' + type + ')';
}

std::string TypeWriter::array(const SchemaNode& node, std::string_view indent) const {
  const bool closed = node.items && graph_.nodes[resolve_node(graph_, *node.items)].types == 0;
  const std::uint64_t least = node.min_items.value_or(0);
  const std::string item = node.items && !closed ? element(*node.items, indent) : "unknown";
  const bool fixed = node.prefix_items.empty() && least > 0 && least == node.max_items && least <= kTupleItemsMax && !closed;
  if (node.prefix_items.empty() && !fixed) return closed ? "[]" : item + "[]";
  std::string out;
  for (std::uint64_t i = 0; i < (fixed ? least : node.prefix_items.size()); ++i) {
    if (!fixed && node.max_items && i >= *node.max_items) break;
    out += (out.empty() ? "" : ", ") + (fixed ? item : element(node.prefix_items[i], indent)) + (i < least ? "" : "?");
  }
  if (!fixed && !closed && !(node.max_items && *node.max_items <= node.prefix_items.size())) out += ", ..." + item + "[]";
  return '[' + out + ']';
}

std::string TypeWriter::index_signature(const SchemaNode& node, std::string_view indent) const {
  if (!node.additional_properties) return "[key: string]: unknown;";
  const NodeIndex others = resolve_node(graph_, *node.additional_properties);
  if (graph_.nodes[others].types == 0) return {};
  // Beside declared properties an index signature would have to fit them all, so it says nothing there.
  return "[key: string]: " + (node.properties.empty() ? reference(others, indent) : "unknown") + ";";
}

std::string TypeWriter::object(const SchemaNode& node, std::string_view indent) const {
  const std::string inner = std::string(indent) + "  ";
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

}  // namespace dialogue
