// oneOf, where its branches exclude each other by construction: by JSON type, and among objects by one required property with a
// different constant string in each. Only then is "exactly one" the same as "the one that fits", which one pass can decide.
#include <algorithm>
#include <set>

#include "server/definitions/schema/schema_reader.hpp"

namespace dialogue::definitions {

void SchemaReader::read_one_of(SchemaNode& node, const Keyword& keyword) {
  node.one_of.emplace();  // filled in by judge_one_of
  refuse_siblings(keyword, " type discriminator ");
  if (!keyword.value().is(JsonValue::Kind::array) || keyword.value().items.empty())
    return fault(keyword, "is an array of at least one schema.");
  WaitingOneOf waiting{keyword.pointer, keyword.member, keyword.in.schema.find("discriminator"), keyword.in.node, {}};
  for (std::size_t i = 0; i < keyword.value().items.size(); ++i)
    waiting.branches.push_back(node_of(keyword.value().items[i], pointer_child(keyword.pointer, i)));
  one_ofs_.push_back(std::move(waiting));
}

void SchemaReader::read_discriminator(SchemaNode&, const Keyword& keyword) {
  const JsonValue& value = keyword.value();
  const JsonMember* name = value.find("propertyName");
  if (name == nullptr || !name->value.is(JsonValue::Kind::string) || value.members.size() != 1)
    return fault(keyword, "is an object with `propertyName` and nothing else.");
  if (keyword.in.schema.find("oneOf") == nullptr) fault(keyword, "stands without `oneOf`.");
}

void SchemaReader::judge_one_of(const WaitingOneOf& waiting) {
  const auto refuse = [&](std::size_t branch, std::string message, std::string hint) {
    problems_.add(waiting.member.value.items[branch].offset, pointer_child(waiting.pointer, branch), std::move(message),
                  std::move(hint));
  };
  std::uint8_t seen = 0;
  std::vector<NodeIndex> objects;
  OneOf one_of;
  for (std::size_t i = 0; i < waiting.branches.size(); ++i) {
    const SchemaNode& branch = graph_.nodes[resolved(waiting.branches[i])];
    if (branch.one_of) return refuse(i, "a branch of `oneOf` is a `oneOf` itself.", "List its branches here.");
    if ((branch.types & seen & ~kObject) != 0)
      return refuse(i, "this branch and one before it allow the same JSON type.",
                    "Branches differ in type, or are objects that one required property with a constant string distinguishes.");
    seen |= branch.types;
    if (branch.types & kObject)
      objects.push_back(waiting.branches[i]);
    else
      one_of.by_type.push_back(waiting.branches[i]);
  }
  if (objects.size() == 1 && waiting.discriminator == nullptr) {
    one_of.by_type.push_back(objects[0]);
  } else if (!objects.empty()) {
    const std::optional<std::string> tag = find_tag(waiting, objects);
    if (!tag) return;
    one_of.tag = *tag;
    for (const NodeIndex branch : objects) one_of.by_tag.emplace_back(*tag_value(branch, one_of.tag), branch);
  }
  SchemaNode& node = graph_.nodes[waiting.node];
  node.types &= seen;
  node.one_of = std::move(one_of);
}

std::optional<std::string> SchemaReader::find_tag(const WaitingOneOf& waiting, const std::vector<NodeIndex>& objects) {
  const auto tells_apart = [&](std::string_view tag) {
    std::set<std::string> values;
    for (const NodeIndex branch : objects) {
      const auto value = tag_value(branch, tag);
      if (!value || !values.insert(*value).second) return false;
    }
    return true;
  };
  if (waiting.discriminator != nullptr) {
    const JsonMember* given = waiting.discriminator->value.find("propertyName");
    if (tells_apart(given->value.text)) return given->value.text;
    problems_.add(
        given->value.offset, waiting.pointer,
        "\"" + given->value.text + "\" is not a required property with a different constant string in every object branch.", "");
    return std::nullopt;
  }
  std::optional<std::string> found;  // the first in the order of bytes, so that the order of the text does not matter
  for (const PropertySchema& property : graph_.nodes[resolved(objects[0])].properties)
    if (tells_apart(property.name) && (!found || property.name < *found)) found = property.name;
  if (!found)
    problems_.add(
        waiting.member.value.offset, waiting.pointer, "the object branches of `oneOf` cannot be distinguished.",
        "Give each the same required property with a different constant string, such as \"kind\": {\"const\": \"circle\"}.");
  return found;
}

std::optional<std::string> SchemaReader::tag_value(NodeIndex branch, std::string_view tag) const {
  const SchemaNode& node = graph_.nodes[resolved(branch)];
  if (node.types != kObject) return std::nullopt;
  for (const PropertySchema& property : node.properties) {
    if (property.name != tag || !property.required || !property.schema) continue;
    const SchemaNode& constant = graph_.nodes[resolved(*property.schema)];
    if (constant.types == kString && constant.enumeration && constant.enumeration->size() == 1)
      return parse_json_document(constant.enumeration->front()).root.text;
  }
  return std::nullopt;
}

}  // namespace dialogue::definitions
