// Random documents for a schema: mostly valid ones, and the ways in which they are then spoiled.
#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "shared/schema/canonical_json.hpp"
#include "shared/schema/schema.hpp"
#include "tests/shared/support/json_value.hpp"
#include "tests/shared/support/schema_generator.hpp"

namespace dialogue::testing {

class DocumentGenerator {
 public:
  DocumentGenerator(const SchemaGraph& graph, Random& random) : graph_(graph), random_(random) {}

  /// A document that fits the node as a rule.
  JsonTree document(NodeIndex root) {
    values_ = 0;
    return fitting(root, 0);
  }

  /// A value that fits the node as a rule; beyond some depth or size, one without more inside.
  JsonTree fitting(NodeIndex index, std::size_t depth) {
    constexpr std::size_t kDepthMax = 9, kValuesMax = 300;
    const bool small = depth < kDepthMax && ++values_ < kValuesMax;
    while (graph_.nodes[index].same_as) index = *graph_.nodes[index].same_as;
    const SchemaNode& node = graph_.nodes[index];
    if (node.one_of) return branch(*node.one_of, depth);
    if (node.enumeration && !node.enumeration->empty()) return *JsonTreeReader::read(random_.pick(*node.enumeration)).tree;
    std::vector<std::uint8_t> types;
    for (const std::uint8_t type : {kNull, kBoolean, kInteger, kNumber, kString, kArray, kObject})
      if ((node.types & type) != 0 && (small || type < kArray)) types.push_back(type);
    if (types.empty()) return {};
    switch (random_.pick(types)) {
      case kBoolean:
        return JsonTree::of_boolean(random_.chance(50));
      case kInteger:
        return JsonTree::of_number(number(node, true));
      case kNumber:
        return JsonTree::of_number(number(node, false));
      case kString:
        return JsonTree::of_string(string(node));
      case kArray:
        return array(node, depth);
      case kObject:
        return object(node, depth);
      default:
        return {};
    }
  }

  /// Any value.
  JsonTree anything(std::size_t depth = 0) {
    switch (random_.below(depth > 3 ? 5 : 7)) {
      case 0:
        return {};
      case 1:
        return JsonTree::of_boolean(random_.chance(50));
      case 2:
        return JsonTree::of_number(number({}, true));
      case 3:
        return JsonTree::of_number(number({}, false));
      case 4:
        return JsonTree::of_string(string({}));
      case 5: {
        JsonTree list = JsonTree::of_kind(JsonTree::Kind::array);
        for (std::size_t i = random_.below(4); i > 0; --i) list.items.push_back(anything(depth + 1));
        return list;
      }
      default: {
        JsonTree object = JsonTree::of_kind(JsonTree::Kind::object);
        for (std::size_t i = random_.below(4); i > 0; --i) object.members.emplace_back(key(), anything(depth + 1));
        return object;
      }
    }
  }

  /// Changes one value somewhere inside; what fitted does not fit any more, as a rule.
  void spoil(JsonTree& value) {
    JsonTree* target = &value;
    while (random_.chance(75)) {
      if (!target->items.empty())
        target = &target->items[random_.below(target->items.size())];
      else if (!target->members.empty())
        target = &target->members[random_.below(target->members.size())].second;
      else
        break;
    }
    if (random_.chance(25))
      *target = anything();
    else if (target->kind == JsonTree::Kind::object)
      spoil_object(*target);
    else if (target->kind == JsonTree::Kind::array)
      spoil_array(*target);
    else if (target->kind == JsonTree::Kind::number)
      target->text = near(target->text);
    else if (target->kind == JsonTree::Kind::string)
      spoil_string(target->text);
    else
      *target = anything();
  }

  /// Damages the text itself.
  void damage(std::string& text) {
    if (text.empty()) return;
    const std::size_t at = random_.below(text.size());
    switch (random_.below(7)) {
      case 0:
        text[at] = static_cast<char>(random_.below(256));
        break;
      case 1:
        text.erase(at, random_.below(3) + 1);
        break;
      case 2:
        text.resize(at);
        break;
      case 3:
        text.insert(at, random_.pick(
                            {",", ":", "[", "]", "{", "}", "\"", "\\", "-", "0", "1", ".", "e", "\xc3", "\xed\xa0\x80", "\x01"}));
        break;
      case 4:
        text.insert(at, text.substr(random_.below(text.size()), random_.below(8)));
        break;
      case 5:
        text += random_.pick({",", "x", "]", "}", " 1", "\"", "\xa0"});
        break;
      default:
        drop_escape(text);
        break;
    }
  }

 private:
  JsonTree branch(const OneOf& one_of, std::size_t depth) {
    const std::size_t pick = random_.below(one_of.by_tag.size() + one_of.by_type.size());
    return fitting(pick < one_of.by_tag.size() ? one_of.by_tag[pick].second : one_of.by_type[pick - one_of.by_tag.size()], depth);
  }

  std::string number(const SchemaNode& node, bool whole) {
    std::vector<double> near;
    for (const auto& bound : {node.minimum, node.maximum, node.exclusive_minimum, node.exclusive_maximum})
      if (bound) near.push_back(*bound);
    double value = near.empty() || random_.chance(30) ? static_cast<double>(random_.below(60)) - 20 : random_.pick(near);
    if (random_.chance(40)) value += random_.chance(50) ? 1 : -1;
    if (node.multiple_of && random_.chance(85)) value = std::round(value / *node.multiple_of) * *node.multiple_of;
    if (!whole && random_.chance(30)) value += 0.5;
    if (whole) value = std::round(value);
    std::string text = canonical_number(value);
    if (random_.chance(3))
      text = random_.pick({"9007199254740993", "-1e30", "1e-30", "1.5e300", "123456789012345678901234567890", "0.1e1", "-0"});
    return text;
  }

  std::string string(const SchemaNode& node) {
    for (const StringKind& kind : string_kinds()) {
      const bool wanted =
          kind.pattern != nullptr ? node.pattern == kind.pattern : node.format != Format::none && node.format == kind.format;
      if (wanted && random_.chance(90)) return random_.pick(random_.chance(85) ? kind.good : kind.bad);
    }
    const std::size_t least = static_cast<std::size_t>(node.min_length.value_or(0));
    const std::size_t most = static_cast<std::size_t>(node.max_length.value_or(least + 4));
    std::string text;
    for (std::size_t length = most <= least ? least : least + random_.below(most - least + 1); length > 0; --length)
      text +=
          random_.pick({"a", "b", "Z", "0", " ", "/", "\"", "\\", "\n", "\x7f", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"});
    return text;
  }

  JsonTree array(const SchemaNode& node, std::size_t depth) {
    JsonTree list = JsonTree::of_kind(JsonTree::Kind::array);
    const std::size_t least = static_cast<std::size_t>(node.min_items.value_or(0));
    std::size_t count = least + random_.below(3);
    if (node.max_items) count = std::min(count, static_cast<std::size_t>(*node.max_items));
    for (std::size_t i = 0; i < count; ++i) {
      if (i < node.prefix_items.size())
        list.items.push_back(fitting(node.prefix_items[i], depth + 1));
      else
        list.items.push_back(node.items ? fitting(*node.items, depth + 1) : anything(depth + 1));
    }
    return list;
  }

  JsonTree object(const SchemaNode& node, std::size_t depth) {
    JsonTree object = JsonTree::of_kind(JsonTree::Kind::object);
    const auto other = [&] {
      return node.additional_properties ? fitting(*node.additional_properties, depth + 1) : anything(depth + 1);
    };
    for (const PropertySchema& property : node.properties)
      if (random_.chance(property.required ? 98 : 50))
        object.members.emplace_back(property.name, property.schema ? fitting(*property.schema, depth + 1) : other());
    const bool closed = node.additional_properties && graph_.nodes[*node.additional_properties].types == 0;
    if (!closed && random_.chance(30)) object.members.emplace_back(key(), other());
    for (std::size_t i = object.members.size(); i > 1; --i) std::swap(object.members[i - 1], object.members[random_.below(i)]);
    return object;
  }

  std::string key() { return random_.pick({"a", "b", "kind", "other", "", "x\"y", "\xc3\xa9", "k\\", "text"}); }

  void spoil_object(JsonTree& object) {
    if (object.members.empty() || random_.chance(25)) {
      object.members.emplace_back(key(), anything());
      return;
    }
    const std::size_t at = random_.below(object.members.size());
    switch (random_.below(3)) {
      case 0:
        object.members.erase(object.members.begin() + static_cast<long>(at));
        break;
      case 1:
        object.members[at].first += random_.pick({"", "x", "\xc3\xa9"});
        break;
      default: {
        auto again = object.members[at];
        if (random_.chance(50)) again.second = anything();
        object.members.push_back(std::move(again));
      }
    }
  }

  void spoil_array(JsonTree& list) {
    if (list.items.empty() || random_.chance(20)) {
      list.items.push_back(anything());
      return;
    }
    const std::size_t at = random_.below(list.items.size());
    if (random_.chance(40))
      list.items.erase(list.items.begin() + static_cast<long>(at));
    else
      list.items.push_back(JsonTree(list.items[at]));  // twice the same, spelled anew
  }

  std::string near(const std::string& literal) {
    if (random_.chance(30)) return number({}, false);
    if (literal.find_first_of("eE") != std::string::npos) return literal + "0";
    return random_.chance(50) ? literal + (literal.find('.') == std::string::npos ? ".5" : "5")
                              : "-" + std::string(literal, literal[0] == '-');
  }

  void spoil_string(std::string& text) {
    if (text.empty() || random_.chance(40))
      text += random_.pick({"a", "\xc3\xa9", "\xf0\x9f\x98\x80", "1", "-", "\n"});
    else if (static_cast<unsigned char>(text.back()) < 0x80)
      text.pop_back();
    else
      text = random_.pick({"", "x", "\xf0\x9f\x98\x80\xf0\x9f\x98\x80"});
  }

  /// Half of an escaped pair, where there is one.
  void drop_escape(std::string& text) {
    constexpr std::size_t kEscapeBytes = 6;
    const std::size_t at = text.find("\\u");
    if (at != std::string::npos) text.erase(at, kEscapeBytes);
  }

  const SchemaGraph& graph_;
  Random& random_;
  std::size_t values_ = 0;  ///< in the document so far
};

}  // namespace dialogue::testing
