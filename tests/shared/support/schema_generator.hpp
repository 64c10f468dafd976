// Random schema graphs with every keyword, references and recursion. Most of what it makes is possible; the rest is refused by
// make_catalogue and counted by the caller.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "shared/schema/schema.hpp"
#include "tests/shared/support/random_source.hpp"

namespace dialogue::testing {

/// A pattern or format with strings that fit and strings that do not.
struct StringKind {
  const char* pattern;  ///< nullptr: a format
  Format format;
  std::vector<std::string> good, bad;
};

inline const std::vector<StringKind>& string_kinds() {
  static const std::vector<StringKind> kinds = {
      {"^[a-z]{1,3}$", Format::none, {"a", "xyz"}, {"", "A", "abcd", "\xc3\xa9"}},
      {"\\d", Format::none, {"1", "a2b"}, {"", "a", "\xd9\xa1"}},
      {"^(ab|c)*$", Format::none, {"", "abc", "cab"}, {"a", "abb"}},
      {"^.$", Format::none, {"x", "\xf0\x9f\x98\x80", "\xc3\xa9"}, {"", "ab", "\n"}},
      {nullptr, Format::date, {"2024-02-29"}, {"2023-02-29", "x"}},
      {nullptr, Format::date_time, {"2024-02-29T12:00:00Z"}, {"2024-02-29"}},
      {nullptr, Format::time, {"12:00:00Z"}, {"12:00:60Z"}},
      {nullptr, Format::uuid, {"2eb8aa08-aa98-11ea-b4aa-73b441d16380"}, {"2eb8aa08"}},
      {nullptr, Format::ipv4, {"1.2.3.4"}, {"1.2.3"}},
      {nullptr, Format::ipv6, {"::1"}, {"1::2::3"}},
      {nullptr, Format::email, {"a@b.c"}, {"a@", "@"}},
      {nullptr, Format::hostname, {"a.b"}, {"-a", ""}},
      {nullptr, Format::uri, {"a:b", "http://x/?q#f"}, {"x"}},
      {nullptr, Format::bytes, {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYmFy"}, {"Zg", "Zh=="}},
  };
  return kinds;
}

class SchemaGenerator {
 public:
  explicit SchemaGenerator(Random& random) : random_(random) {}

  SchemaGraph generate(NodeIndex& root) {
    graph_ = {};
    root = node(0);
    return std::move(graph_);
  }

 private:
  NodeIndex node(std::size_t depth) {
    if (!open_.empty() && random_.chance(4)) return reference(open_[random_.below(open_.size())]);
    const NodeIndex index = graph_.add({});
    if (depth > 5 || random_.chance(6)) {
      if (random_.chance(10)) graph_.nodes[index].types = 0;
      return index;
    }
    open_.push_back(index);
    SchemaNode made = random_.chance(8) ? choice(depth) : plain(depth, random_types(depth));
    open_.pop_back();
    graph_.nodes[index] = std::move(made);
    return index;
  }

  /// The node itself, or one that only refers to it.
  NodeIndex reference(NodeIndex target) {
    if (random_.chance(50)) return target;
    SchemaNode link;
    link.same_as = target;
    return graph_.add(link);
  }

  std::uint8_t random_types(std::size_t depth) {
    const auto one = [&] {
      if (random_.chance(depth == 0 ? 85 : 45)) return random_.chance(65) ? kObject : kArray;
      return static_cast<TypeBit>(1 << random_.below(5));
    };
    std::uint8_t types = one();
    while (random_.chance(20)) types |= one();
    return random_.chance(5) ? static_cast<std::uint8_t>(kAnyType) : types;
  }

  SchemaNode plain(std::size_t depth, std::uint8_t types) {
    SchemaNode made;
    made.types = types;
    if (random_.chance(8)) enumeration(made);
    numbers(made);
    strings(made);
    if ((types & kObject) != 0) object(made, depth);
    if ((types & kArray) != 0) array(made, depth);
    return made;
  }

  void enumeration(SchemaNode& made) {
    made.enumeration.emplace();
    for (std::size_t i = random_.below(4) + 1; i > 0; --i)
      made.enumeration->push_back(random_.pick({"null", "true", "1", "1.0", "-2.5e3", "\"\"", "\"x\"", "\"\xc3\xa9\"", "[]",
                                                "[1,\"a\"]", "{}", R"({"a":1})", R"({"b":[{}],"a":1.0})"}));
    made.types = kAnyType;
  }

  double bound() {
    return (static_cast<double>(random_.below(41)) - 20) / (random_.chance(50) ? 1 : random_.chance(50) ? 4 : 10);
  }

  void numbers(SchemaNode& made) {
    if (random_.chance(25)) made.minimum = bound();
    if (random_.chance(15)) made.exclusive_minimum = bound() - 10;
    if (random_.chance(25)) made.maximum = bound() + 10;
    if (random_.chance(15)) made.exclusive_maximum = bound() + 20;
    if (random_.chance(15)) made.multiple_of = std::vector<double>{1, 2, 0.1, 0.25, 3, 1e-3, 7.5}[random_.below(7)];
  }

  void strings(SchemaNode& made) {
    if (random_.chance(25)) made.min_length = random_.below(4);
    if (random_.chance(25)) made.max_length = random_.below(5) + 1;
    if (!random_.chance(25)) return;
    const StringKind& kind = random_.pick(string_kinds());
    if (kind.pattern != nullptr)
      made.pattern = kind.pattern;
    else
      made.format = kind.format;
    if (made.format != Format::bytes) return;
    made.min_bytes = std::exchange(made.min_length, {});
    made.max_bytes = std::exchange(made.max_length, {});
  }

  void object(SchemaNode& made, std::size_t depth) {
    static const std::vector<std::string> kNames = {
        "a", "b", "c", "id", "text", "a b", "", "\xc3\xa9", "x\"y", "\xf0\x9f\x98\x80", "n\n"};
    for (const std::string& name : kNames) {
      if (!random_.chance(25)) continue;
      const bool named_only = random_.chance(10);
      made.properties.push_back(
          {name, named_only ? std::nullopt : std::optional(node(depth + 1)), named_only || random_.chance(50)});
    }
    if (random_.chance(40)) made.additional_properties = random_.chance(60) ? never() : node(depth + 1);
    if (random_.chance(10)) made.min_properties = random_.below(4);
    if (random_.chance(10)) made.max_properties = random_.below(6);
  }

  NodeIndex never() {
    SchemaNode made;
    made.types = 0;
    return graph_.add(made);
  }

  void array(SchemaNode& made, std::size_t depth) {
    for (std::size_t i = random_.chance(25) ? random_.below(3) + 1 : 0; i > 0; --i) made.prefix_items.push_back(node(depth + 1));
    if (random_.chance(70)) made.items = node(depth + 1);
    if (random_.chance(20)) made.min_items = random_.below(4);
    if (random_.chance(20)) made.max_items = random_.below(6);
    made.unique_items = random_.chance(25);
  }

  SchemaNode choice(std::size_t depth) {
    SchemaNode made;
    OneOf& one_of = made.one_of.emplace();
    if (random_.chance(70)) {
      one_of.tag = random_.pick({"kind", "a b", "\xc3\xa9"});
      for (const char* value : {"one", "two", "\xf0\x9f\x98\x80"}) {
        if (!random_.chance(70)) continue;
        SchemaNode branch = plain(depth + 1, kObject);
        branch.enumeration.reset();
        branch.types = kObject;
        std::erase_if(branch.properties, [&](const PropertySchema& property) { return property.name == one_of.tag; });
        branch.properties.push_back({one_of.tag, tag_value(value), true});
        one_of.by_tag.emplace_back(value, graph_.add(std::move(branch)));
      }
    }
    std::vector<std::uint8_t> types = {kNull, kBoolean, kNumber, kString, kArray};
    if (one_of.by_tag.empty()) types.push_back(kObject);
    for (const std::uint8_t type : types)
      if (random_.chance(40)) one_of.by_type.push_back(branch_of(type, depth));
    if (one_of.by_type.empty() && one_of.by_tag.empty()) one_of.by_type.push_back(branch_of(kString, depth));
    if (random_.chance(10)) made.types &= static_cast<std::uint8_t>(~kNull);
    return made;
  }

  NodeIndex branch_of(std::uint8_t type, std::size_t depth) {
    SchemaNode branch = plain(depth + 1, type);
    branch.enumeration.reset();
    branch.types = type;
    return graph_.add(std::move(branch));
  }

  NodeIndex tag_value(const std::string& value) {
    SchemaNode made;
    made.enumeration = {{"\"" + value + "\""}};
    made.is_const = true;
    return graph_.add(made);
  }

  Random& random_;
  SchemaGraph graph_;
  std::vector<NodeIndex> open_;
};

}  // namespace dialogue::testing
