// The keywords of the subset, one function each. A keyword's value of the wrong form is a problem at its place.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "server/definitions/schema/schema_reader.hpp"
#include "server/definitions/source/suggestion.hpp"
#include "shared/json/decimal.hpp"
#include "shared/pattern/pattern_compiler.hpp"
#include "shared/schema/formats.hpp"

namespace dialogue::definitions {
namespace {

struct TypeName {
  std::string_view name;
  std::uint8_t bits;
};
constexpr std::array kTypeNames = {TypeName{"null", kNull},       TypeName{"boolean", kBoolean},
                                   TypeName{"integer", kInteger}, TypeName{"number", kNumber | kInteger},
                                   TypeName{"string", kString},   TypeName{"array", kArray},
                                   TypeName{"object", kObject}};

struct Advice {
  std::string_view keyword, advice;
};
/// What to write instead of keywords that people know from elsewhere.
constexpr std::array kAdvice = {Advice{"allOf", "Merge the schemas into one."},
                                Advice{"anyOf", "Use oneOf, with branches that differ in type or in one property's constant."},
                                Advice{"not", "Say what is allowed instead."},
                                Advice{"if", "Use oneOf with a property that distinguishes the cases."},
                                Advice{"then", "Use oneOf with a property that distinguishes the cases."},
                                Advice{"else", "Use oneOf with a property that distinguishes the cases."},
                                Advice{"patternProperties", "Use properties, or additionalProperties with a schema."},
                                Advice{"definitions", "It is called $defs since 2019-09."},
                                Advice{"id", "It is called $id."},
                                Advice{"nullable", "Add \"null\" to the type."},
                                Advice{"additionalItems", "Use prefixItems and items."},
                                Advice{"contentEncoding", "Write \"format\": \"bytes\"."},
                                Advice{"$anchor", "Refer to `#/$defs/NAME` instead."},
                                Advice{"readOnly", "Put it into $comment."},
                                Advice{"writeOnly", "Put it into $comment."}};

constexpr std::string_view kMetaschema = "https://json-schema.org/draft/2020-12/schema";

std::uint8_t type_of(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::null:
      return kNull;
    case JsonValue::Kind::boolean:
      return kBoolean;
    case JsonValue::Kind::number:
      return is_integer(parse_decimal(value.text)) ? kInteger : kNumber;
    case JsonValue::Kind::string:
      return kString;
    case JsonValue::Kind::array:
      return kArray;
    case JsonValue::Kind::object:
      return kObject;
  }
  return 0;
}

}  // namespace

const std::vector<SchemaReader::Row>& SchemaReader::rows() {
  using R = SchemaReader;
  static const std::vector<Row> rows = {{"type", &R::read_type},
                                        {"enum", &R::read_enum},
                                        {"const", &R::read_const},
                                        {"properties", &R::read_properties},
                                        {"required", &R::read_required},
                                        {"additionalProperties", &R::read_additional_properties},
                                        {"minProperties", &R::read_count<&SchemaNode::min_properties>},
                                        {"maxProperties", &R::read_count<&SchemaNode::max_properties>},
                                        {"items", &R::read_items},
                                        {"prefixItems", &R::read_prefix_items},
                                        {"uniqueItems", &R::read_unique_items},
                                        {"minItems", &R::read_count<&SchemaNode::min_items>},
                                        {"maxItems", &R::read_count<&SchemaNode::max_items>},
                                        {"minLength", &R::read_count<&SchemaNode::min_length>},
                                        {"maxLength", &R::read_count<&SchemaNode::max_length>},
                                        {"minBytes", &R::read_count<&SchemaNode::min_bytes>},
                                        {"maxBytes", &R::read_count<&SchemaNode::max_bytes>},
                                        {"pattern", &R::read_pattern},
                                        {"format", &R::read_format},
                                        {"minimum", &R::read_number<&SchemaNode::minimum>},
                                        {"maximum", &R::read_number<&SchemaNode::maximum>},
                                        {"exclusiveMinimum", &R::read_number<&SchemaNode::exclusive_minimum>},
                                        {"exclusiveMaximum", &R::read_number<&SchemaNode::exclusive_maximum>},
                                        {"multipleOf", &R::read_multiple_of},
                                        {"oneOf", &R::read_one_of},
                                        {"discriminator", &R::read_discriminator},
                                        {"$ref", &R::read_reference},
                                        {"$defs", &R::read_definitions},
                                        {"title", &R::read_description},
                                        {"description", &R::read_description},
                                        {"$schema", &R::read_metaschema},
                                        {"$id", &R::read_id},
                                        {"$comment", &R::read_comment},
                                        {"default", &R::read_default},
                                        {"examples", &R::read_examples},
                                        {"deprecated", &R::read_deprecated}};
  return rows;
}

void SchemaReader::read_keyword(SchemaNode& node, const Keyword& keyword) {
  for (const Row& row : rows())
    if (row.name == keyword.member.key) return (this->*row.handler)(node, keyword);
  refuse_keyword(keyword);
}

void SchemaReader::refuse_keyword(const Keyword& keyword) {
  std::vector<std::string_view> names;
  for (const Row& row : rows()) names.push_back(row.name);
  std::string hint = did_you_mean(keyword.member.key, names);
  for (const Advice& row : kAdvice)
    if (row.keyword == keyword.member.key) hint = row.advice;
  if (hint.empty()) hint = "docs/reference/schema.md lists the keywords.";
  problems_.add(keyword.member.key_offset, keyword.pointer, "`" + keyword.member.key + "` is not supported.", hint);
}

void SchemaReader::fault(const Keyword& keyword, std::string message, std::string hint) {
  problems_.add(keyword.value().offset, keyword.pointer, "`" + keyword.member.key + "` " + std::move(message), std::move(hint));
}

void SchemaReader::read_type(SchemaNode& node, const Keyword& keyword) {
  const JsonValue& value = keyword.value();
  std::vector<const JsonValue*> names;
  if (value.is(JsonValue::Kind::array))
    for (const JsonValue& item : value.items) names.push_back(&item);
  else
    names.push_back(&value);
  if (names.empty()) return fault(keyword, "names no type.");
  node.types = 0;
  std::set<std::string_view> named;
  for (const JsonValue* name : names) {
    const auto row = std::find_if(kTypeNames.begin(), kTypeNames.end(), [&](const TypeName& type) {
      return name->is(JsonValue::Kind::string) && type.name == name->text;
    });
    if (row == kTypeNames.end())
      return fault(keyword, "is one of null, boolean, integer, number, string, array, object, or an array of them.");
    if (!named.insert(row->name).second) return fault(keyword, "names \"" + name->text + "\" twice.", "Keep one of the two.");
    node.types |= row->bits;
  }
}

void SchemaReader::read_enum(SchemaNode& node, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::array) || keyword.value().items.empty())
    return fault(keyword, "is an array of at least one value.");
  if (node.enumeration) return fault(keyword, "cannot stand next to `const`.", "Keep one of the two.");
  node.enumeration.emplace();
  std::set<std::string> listed;
  for (const JsonValue& item : keyword.value().items) {
    std::string text = to_compact_json(item);
    if (listed.insert(text).second) node.enumeration->push_back(std::move(text));
  }
}

void SchemaReader::read_const(SchemaNode& node, const Keyword& keyword) {
  if (node.enumeration) return fault(keyword, "cannot stand next to `enum`.", "Keep one of the two.");
  node.enumeration = {to_compact_json(keyword.value())};
  node.is_const = true;
}

void SchemaReader::narrow_enumeration(SchemaNode& node, const Waiting& waiting) {
  const JsonMember* listed = waiting.schema.find(node.is_const ? "const" : "enum");
  std::uint8_t seen = 0;
  std::vector<std::string> kept;
  std::set<std::string> known;
  const auto keep = [&](const JsonValue& value) {
    const std::string text = to_compact_json(value);
    if ((node.types & type_of(value)) == 0 && !(type_of(value) == kInteger && (node.types & kNumber))) {
      problems_.add(value.offset, pointer_child(waiting.pointer, listed->key), text + " is not of the schema's type.");
    } else if (known.insert(text).second) {
      kept.push_back(text);
      seen |= type_of(value);
    }
  };
  if (node.is_const)
    keep(listed->value);
  else
    for (const JsonValue& item : listed->value.items) keep(item);
  node.enumeration = std::move(kept);
  node.types = seen;
}

template <auto Member>
void SchemaReader::read_number(SchemaNode& node, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::number) || !std::isfinite(keyword.value().number()))
    return fault(keyword, "is a number.");
  node.*Member = keyword.value().number();
}

template <auto Member>
void SchemaReader::read_count(SchemaNode& node, const Keyword& keyword) {
  const auto count = keyword.value().unsigned_integer();
  if (!count) return fault(keyword, "is a whole number, not negative.");
  node.*Member = *count;
}

void SchemaReader::read_multiple_of(SchemaNode& node, const Keyword& keyword) {
  read_number<&SchemaNode::multiple_of>(node, keyword);
  if (node.multiple_of && !(*node.multiple_of > 0)) fault(keyword, "is a number above 0.");
}

void SchemaReader::read_unique_items(SchemaNode& node, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::boolean)) return fault(keyword, "is true or false.");
  node.unique_items = keyword.value().boolean;
}

void SchemaReader::read_pattern(SchemaNode& node, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::string)) return fault(keyword, "is a string.");
  node.pattern = keyword.value().text;
  const CompiledPattern compiled = compile_pattern(*node.pattern);
  if (!compiled.fault.empty())
    fault(keyword, compiled.fault + " (at byte " + std::to_string(compiled.fault_offset) + ").",
          "docs/reference/schema.md says which patterns there are.");
}

void SchemaReader::read_format(SchemaNode& node, const Keyword& keyword) {
  std::string names;
  for (auto index = static_cast<int>(Format::date_time); index <= static_cast<int>(Format::bytes); ++index) {
    const auto format = static_cast<Format>(index);
    if (keyword.value().is(JsonValue::Kind::string) && format_name(format) == keyword.value().text) {
      node.format = format;
      return;
    }
    names += (names.empty() ? "" : ", ") + std::string(format_name(format));
  }
  fault(keyword, "is not one that is checked.", "Known: " + names + ". Put others into $comment.");
}

void SchemaReader::read_properties(SchemaNode& node, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::object)) return fault(keyword, "is an object of schemas.");
  for (const JsonMember& member : keyword.value().members) {
    const NodeIndex schema = node_of(member.value, pointer_child(keyword.pointer, member.key));
    const auto named =
        std::find_if(node.properties.begin(), node.properties.end(), [&](const auto& p) { return p.name == member.key; });
    if (named == node.properties.end())
      node.properties.push_back({member.key, schema, false});
    else
      named->schema = schema;  // `required` stood before `properties`
  }
}

void SchemaReader::read_required(SchemaNode& node, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::array)) return fault(keyword, "is an array of property names.");
  for (const JsonValue& name : keyword.value().items) {
    if (!name.is(JsonValue::Kind::string)) return fault(keyword, "is an array of property names.");
    const auto named =
        std::find_if(node.properties.begin(), node.properties.end(), [&](const auto& p) { return p.name == name.text; });
    if (named == node.properties.end())
      node.properties.push_back({name.text, std::nullopt, true});
    else if (named->required)
      return fault(keyword, "names \"" + name.text + "\" twice.");
    else
      named->required = true;
  }
}

void SchemaReader::read_additional_properties(SchemaNode& node, const Keyword& keyword) {
  node.additional_properties = node_of(keyword.value(), keyword.pointer);
}

void SchemaReader::read_items(SchemaNode& node, const Keyword& keyword) {
  if (keyword.value().is(JsonValue::Kind::array))
    return fault(keyword, "is one schema.", "A list of schemas is called prefixItems since 2020-12.");
  node.items = node_of(keyword.value(), keyword.pointer);
}

void SchemaReader::read_prefix_items(SchemaNode& node, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::array) || keyword.value().items.empty())
    return fault(keyword, "is an array of at least one schema.");
  for (std::size_t i = 0; i < keyword.value().items.size(); ++i)
    node.prefix_items.push_back(node_of(keyword.value().items[i], pointer_child(keyword.pointer, i)));
}

void SchemaReader::read_definitions(SchemaNode&, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::object)) return fault(keyword, "is an object of schemas.");
  // Read whether or not anything refers to them: a fault in a spare definition is still a fault.
  for (const JsonMember& member : keyword.value().members)
    graph_.nodes[node_of(member.value, pointer_child(keyword.pointer, member.key))].type_name = member.key;
}

void SchemaReader::read_description(SchemaNode& node, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::string)) return fault(keyword, "is a string.");
  if (keyword.member.key == "description" || node.description.empty()) node.description = keyword.value().text;
}

/// Of another draft the same words may mean something else.
void SchemaReader::read_metaschema(SchemaNode&, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::string)) return fault(keyword, "is a string.");
  if (&keyword.in.schema != &root_) return fault(keyword, "stands at the top of a schema only.", "Remove it here.");
  std::string_view name = keyword.value().text;
  if (name.ends_with('#')) name.remove_suffix(1);
  if (name != kMetaschema)
    fault(keyword, "names \"" + keyword.value().text + "\", and only 2020-12 is read.",
          "Bring the schema to 2020-12 and write \"" + std::string(kMetaschema) + "\", or leave `$schema` out.");
}

/// Below the top it would change what the references around it mean.
void SchemaReader::read_id(SchemaNode&, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::string)) return fault(keyword, "is a string.");
  if (&keyword.in.schema != &root_)
    fault(keyword, "stands at the top of a schema only: here it would change what `$ref` points to.", "Remove it.");
}

void SchemaReader::read_comment(SchemaNode&, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::string)) fault(keyword, "is a string.");
}

void SchemaReader::read_examples(SchemaNode&, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::array)) fault(keyword, "is an array of examples.");
}

void SchemaReader::read_deprecated(SchemaNode&, const Keyword& keyword) {
  if (!keyword.value().is(JsonValue::Kind::boolean)) fault(keyword, "is true or false.");
}

void SchemaReader::read_default(SchemaNode&, const Keyword&) {}

}  // namespace dialogue::definitions
