// Questions about one version's schemas in normal form.
#include <algorithm>
#include <cmath>

#include "server/definitions/compatibility/schema_compatibility.hpp"
#include "server/definitions/source/json_document.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/number_text.hpp"
#include "shared/json/decimal.hpp"
#include "shared/schema/canonical_json.hpp"

namespace dialogue::definitions {
namespace {

constexpr double kFewIntegers = 256;  ///< a range of at most this number is compared value by value

std::vector<SchemaRoot> roots_of(const Definitions& definitions) {
  std::vector<SchemaRoot> roots;
  for (const EventDefinition& event : definitions.events) roots.push_back({event.schema, "event " + event.name});
  return roots;
}

/// The whole numbers within a node's bounds, when they are few.
std::optional<std::vector<std::string>> integers_of(const NormalNode& node) {
  const auto bound = [&](std::size_t inclusive, std::size_t exclusive) {
    const auto& text = node.numbers[inclusive] ? node.numbers[inclusive] : node.numbers[exclusive];
    return text ? parse_number(*text).value_or(HUGE_VAL) : HUGE_VAL;
  };
  const double least = std::ceil(bound(kMinimum, kExclusiveMinimum)), most = std::floor(bound(kMaximum, kExclusiveMaximum));
  constexpr auto kExact = static_cast<double>(kSafeIntegerMax);
  if (std::abs(least) > kExact || std::abs(most) > kExact || most - least >= kFewIntegers) return std::nullopt;
  std::vector<std::string> out;
  for (auto value = static_cast<std::int64_t>(least); value <= static_cast<std::int64_t>(most); ++value)
    out.push_back(std::to_string(value));
  return out;
}

}  // namespace

ComparedSchemas::ComparedSchemas(const Definitions& definitions)
    : form_(normalize_schemas(definitions.schemas, roots_of(definitions), faults_)), values_(definitions.schemas) {}

NodeIndex ComparedSchemas::part(NodeIndex index, std::uint8_t bit) const {
  for (;;) {
    const auto& one_of = node(index).one_of;
    if (!one_of) return index;
    const auto branch =
        std::find_if(one_of->by_type.begin(), one_of->by_type.end(), [&](const auto& row) { return (row.first & bit) != 0; });
    if (branch == one_of->by_type.end()) return index;
    index = branch->second;
  }
}

std::uint8_t ComparedSchemas::types(NodeIndex index, bool exactly) const {
  std::uint8_t types = node(index).types;
  if (!exactly || (types & kNumber) == 0) return types;
  const auto& step = node(part(index, kInteger)).numbers[kMultipleOf];
  if (step && is_integer(parse_decimal(*step))) types &= static_cast<std::uint8_t>(~kNumber);
  return types;
}

std::optional<std::vector<std::string>> ComparedSchemas::values(NodeIndex index, std::uint8_t mask) {
  const NormalNode& here = node(index);
  if (here.one_of) {
    if ((here.types & mask & kObject) != 0 && !here.one_of->by_tag.empty()) return std::nullopt;
    std::vector<std::string> out;
    for (const auto& [types, branch] : here.one_of->by_type) {
      const auto some = values(branch, static_cast<std::uint8_t>(mask & here.types & types));
      if (!some) return std::nullopt;
      out.insert(out.end(), some->begin(), some->end());
    }
    return out;
  }
  const auto types = static_cast<std::uint8_t>(here.types & mask);
  std::vector<std::string> all = here.enumeration;
  std::erase_if(all, [&](const std::string& value) { return (json_types(value) & types) == 0; });
  if (here.enumeration.empty()) {
    if ((types & ~(kNull | kBoolean | kInteger)) != 0) return std::nullopt;
    if ((types & kNull) != 0) all.emplace_back("null");
    if ((types & kBoolean) != 0) all.insert(all.end(), {"false", "true"});
    if ((types & kInteger) != 0) {
      const auto integers = integers_of(here);
      if (!integers) return std::nullopt;
      all.insert(all.end(), integers->begin(), integers->end());
    }
  }
  return values_.accepted(index, all);
}

std::vector<std::string> ComparedSchemas::refused(NodeIndex index, const std::vector<std::string>& values) {
  const std::vector<std::string> accepted = values_.accepted(index, values);
  std::vector<std::string> out;
  auto next = accepted.begin();  // in the order of `values`
  for (const std::string& value : values) {
    if (next != accepted.end() && *next == value)
      ++next;
    else
      out.push_back(value);
  }
  return out;
}

std::optional<std::string> ComparedSchemas::tag_value(NodeIndex index, const std::string& tag) const {
  for (const NormalProperty& property : node(index).properties) {
    if (property.name != tag || !property.required) continue;
    const std::vector<std::string>& listed = node(property.node).enumeration;
    if (listed.size() == 1 && json_types(listed.front()) == kString) return parse_json_document(listed.front()).root.text;
  }
  return std::nullopt;
}

}  // namespace dialogue::definitions
