// Conversion keyword by keyword, in the order in which the roots reach the schemas; then simplification until nothing changes.
#include "shared/catalogue/schema_normal_form.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>

#include "shared/base/limits.hpp"
#include "shared/base/utf8.hpp"
#include "shared/catalogue/schema_one_of.hpp"
#include "shared/json/decimal.hpp"
#include "shared/json/json_equal.hpp"
#include "shared/json/json_scanner.hpp"
#include "shared/pattern/pattern_automaton.hpp"
#include "shared/pattern/pattern_compiler.hpp"
#include "shared/schema/canonical_json.hpp"
#include "shared/schema/catalogue_layout.hpp"

namespace dialogue {
namespace {

constexpr std::uint8_t kNumeric = kInteger | kNumber;
constexpr std::uint32_t kListsOnAWayMax = 1, kUniqueOnAWayMax = 16;
constexpr std::size_t kFirstCount = static_cast<std::size_t>(NodeField::min_length);

/// The JSON type of a valid canonical text.
std::uint8_t type_of(const std::string& json) {
  const std::uint8_t types = json_types(json);
  if (types != kNumeric) return types;
  return is_integer(parse_decimal(json)) ? kInteger : kNumber;
}

/// The most properties that stand around any value inside the valid JSON value at the cursor, in all objects together.
std::uint32_t nested_keys(JsonCursor& value) {
  const char opening = value.peek();
  if (opening != '{' && opening != '[') {
    static_cast<void>(skip_value(value, 0));
    return 0;
  }
  std::uint32_t keys = 0, inner = 0;
  for (++value.at; next_in_container(value, opening == '{' ? '}' : ']');) {
    JsonString key;
    if (opening == '{') {
      static_cast<void>(scan_key(value, key));
      ++keys;
    }
    inner = std::max(inner, nested_keys(value));
  }
  return keys + inner;
}

class Normalizer {
 public:
  Normalizer(const SchemaGraph& graph, std::vector<DefinitionError>& faults)
      : graph_(graph), faults_(faults), any_(static_cast<NodeIndex>(graph.nodes.size())), seen_(graph.nodes.size() + 1) {
    form_.nodes.resize(graph.nodes.size() + 1);  // the last one is the schema `true`
  }

  NormalForm run(const std::vector<SchemaRoot>& roots) {
    for (const SchemaRoot& root : roots) form_.roots.push_back(reach(root.node, root.where, root.where));
    for (; !waiting_.empty(); waiting_.pop_front()) {
      const Waiting next = waiting_.front();
      convert(graph_.nodes[next.node], form_.nodes[next.node], next.where);
    }
    if (faults_.empty()) bound_repeated_reading();
    if (faults_.empty()) judge_one_ofs(form_.nodes, where_, faults_);
    if (faults_.empty())
      while (simplify()) {}
    return std::move(form_);
  }

 private:
  struct Waiting {
    NodeIndex node;
    std::string where;
  };

  void fault(const std::string& where, std::string message) { faults_.push_back({where, std::move(message)}); }

  /// Follows references to the node with content, and converts that once.
  NodeIndex reach(NodeIndex index, const std::string& where, const std::string& from) {
    for (std::size_t hops = 0;; ++hops) {
      if (index >= graph_.nodes.size()) {
        fault(from, "refers to a schema that does not exist.");
        return any_;
      }
      if (!graph_.nodes[index].same_as) break;
      if (hops == graph_.nodes.size()) {
        fault(from, "refers to itself without describing anything.");
        return any_;
      }
      index = *graph_.nodes[index].same_as;
    }
    if (!seen_[index]) {
      seen_[index] = true;
      where_[index] = where;
      waiting_.push_back({index, where});
    }
    return index;
  }

  void convert(const SchemaNode& node, NormalNode& out, const std::string& where) {
    out.types = node.types & kAnyType;
    if ((out.types & kNumber) != 0) out.types |= kInteger;
    if (node.one_of) {
      convert_one_of(node, out, where);
      return;
    }
    convert_enumeration(node, out, where);
    convert_numbers(node, out, where);
    convert_counts(node, out, where);
    convert_strings(node, out, where);
    convert_objects(node, out, where);
    convert_arrays(node, out, where);
    drop_inapplicable(out);
  }

  void convert_enumeration(const SchemaNode& node, NormalNode& out, const std::string& where) {
    if (!node.enumeration) return;
    std::uint8_t types = 0;
    for (const std::string& value : *node.enumeration) {
      std::optional<std::string> canonical = canonical_json(value);
      if (!canonical) {
        fault(where, "lists a value that is not JSON.");
      } else if ((type_of(*canonical) & out.types) != 0) {
        types |= type_of(*canonical);
        out.enumeration.push_back(std::move(*canonical));
      }
    }
    if ((types & kNumber) != 0) types |= kInteger;
    out.types &= types;
    if (out.enumeration.empty()) fault(where, "lists no value of the required type.");
    sort_values(out.enumeration);
    bound_enumeration(out.enumeration, where);
  }

  /// What looks at a whole value once more must not do so at each of the levels of nesting.
  void bound_repeated_reading() {
    const auto lists_containers = [](const NormalNode& node) {
      return std::any_of(node.enumeration.begin(), node.enumeration.end(),
                         [](const std::string& value) { return value[0] == '[' || value[0] == '{'; });
    };
    bound_levels(kListsOnAWayMax, "lists arrays or objects inside values that are already listed: omit one of the two lists.",
                 lists_containers, [](NormalNode& node, auto visit) { for_each_child(node, visit); });
    bound_levels(
        kUniqueOnAWayMax, "has uniqueItems in more than 16 directly nested arrays.",
        [](const NormalNode& node) { return node.unique_items; },
        [](NormalNode& node, auto visit) {
          for (NodeIndex& item : node.prefix_items) visit(item);
          if (node.items) visit(*node.items);
        });
  }

  /// Refuses more than `most` nodes that count on any way down; on a way that leads back there are more than any number.
  template <class Counts, class Children>
  void bound_levels(std::uint32_t most, const char* message, Counts counts, Children children) {
    std::vector<std::uint32_t> levels(form_.nodes.size());
    for (bool changed = true; changed;) {
      changed = false;
      for (NodeIndex index = any_; index-- > 0;) {
        std::uint32_t deepest = 0;
        children(form_.nodes[index], [&](NodeIndex child) { deepest = std::max(deepest, levels[child]); });
        const std::uint32_t level = std::min(most + 1, deepest + (counts(form_.nodes[index]) ? 1 : 0));
        changed |= level > levels[index];
        levels[index] = level;
      }
    }
    for (NodeIndex index = 0; index < any_; ++index)
      if (levels[index] > most && counts(form_.nodes[index])) return fault(where_[index], message);
  }

  /// What finding a value in the list costs must not grow with what is listed.
  void bound_enumeration(const std::vector<std::string>& values, const std::string& where) {
    std::map<std::uint32_t, std::uint32_t> alike;
    std::uint32_t most_alike = 0, most_keys = 0;
    for (const std::string& value : values) {
      most_alike = std::max(most_alike, ++alike[json_digest(value)]);
      JsonCursor cursor{value.data(), value.data() + value.size()};
      most_keys = std::max(most_keys, nested_keys(cursor));
    }
    if (most_keys > kListedKeysMax)
      fault(where, "lists an object with more than 30 properties, with those of objects around it: describe it with properties.");
    if (most_alike > kListedAlikeMax)
      fault(where, "lists more than 8 values with one digest, so that finding one takes too long.");
  }

  void convert_numbers(const SchemaNode& node, NormalNode& out, const std::string& where) {
    const std::optional<double> given[] = {node.minimum, node.maximum, node.exclusive_minimum, node.exclusive_maximum,
                                           node.multiple_of};
    for (std::size_t i = 0; i < out.numbers.size(); ++i) {
      if (!given[i]) continue;
      if (std::isfinite(*given[i]))
        out.numbers[i] = canonical_number(*given[i]);
      else
        fault(where, "has a bound that is not a finite number.");
    }
    if (node.multiple_of && !(*node.multiple_of > 0)) fault(where, "has a multipleOf that is not above 0.");
  }

  void convert_counts(const SchemaNode& node, NormalNode& out, const std::string& where) {
    const bool is_bytes = node.format == Format::bytes;
    if (is_bytes ? node.min_length || node.max_length : node.min_bytes || node.max_bytes)
      fault(where, is_bytes ? "counts characters of bytes: bound it by minBytes and maxBytes."
                            : "counts bytes without the format bytes.");
    const std::optional<std::uint64_t> given[] = {is_bytes ? node.min_bytes : node.min_length,
                                                  is_bytes ? node.max_bytes : node.max_length,
                                                  node.min_items,
                                                  node.max_items,
                                                  node.min_properties,
                                                  node.max_properties};
    constexpr std::uint64_t kCountMax = std::numeric_limits<std::uint32_t>::max();
    for (std::size_t i = 0; i < out.counts.size(); ++i) {
      const bool is_minimum = i % 2 == 0;
      if (!given[i] || (is_minimum && *given[i] == 0)) continue;
      if (*given[i] <= kCountMax)
        out.counts[i] = static_cast<std::uint32_t>(*given[i]);
      else if (is_minimum)
        fault(where, "requires more than any payload can hold.");
    }
    const std::uint64_t properties = std::max(node.min_properties.value_or(0), node.max_properties.value_or(0));
    if (properties > kComparedItemsMax) fault(where, "bounds the number of properties by more than 1024.");
  }

  void convert_strings(const SchemaNode& node, NormalNode& out, const std::string& where) {
    out.format = node.format;
    if (!node.pattern) return;
    const CompiledPattern compiled = compile_pattern(*node.pattern);
    if (!compiled.fault.empty()) {
      fault(where, "the pattern " + compiled.fault + " (at " + std::to_string(compiled.fault_offset) + ")");
      return;
    }
    out.pattern = *node.pattern;
    out.pattern_program = {static_cast<std::uint32_t>(compiled.instructions.size()),
                           static_cast<std::uint32_t>(compiled.class_words.size())};
    out.pattern_program.insert(out.pattern_program.end(), compiled.instructions.begin(), compiled.instructions.end());
    out.pattern_program.insert(out.pattern_program.end(), compiled.class_words.begin(), compiled.class_words.end());
    bound_pattern(out, where);
  }

  /// A pattern costs its steps for each character: strings must be shorter the larger it is.
  void bound_pattern(NormalNode& out, const std::string& where) {
    const std::uint64_t work = pattern_work_max(out.pattern_program, kPatternStepWorkMax);
    if (work > kPatternStepWorkMax)
      fault(where, "has a pattern that keeps up to " + std::to_string(work) + " steps busy at each character, and " +
                       std::to_string(kPatternStepWorkMax) + " is the maximum: begin it with ^, or repeat less.");
    std::uint32_t most = kPatternWorkMax / out.pattern_program[0];
    if (most >= kMessageBytesMax) return;
    const bool is_bytes = out.format == Format::bytes;
    if (is_bytes) most = most / 4 * 3;
    std::optional<std::uint32_t>& max_length = out.counts[static_cast<std::size_t>(NodeField::max_length) - kFirstCount];
    if (max_length.value_or(0) > most)
      fault(where, "has a pattern of " + std::to_string(out.pattern_program[0]) + " steps: with it, " +
                       (is_bytes ? "maxBytes" : "maxLength") + " is at most " + std::to_string(most) + ".");
    if (!max_length) max_length = most;
  }

  void convert_objects(const SchemaNode& node, NormalNode& out, const std::string& where) {
    if ((out.types & kObject) == 0) return;
    if (node.additional_properties) out.additional = reach(*node.additional_properties, where + ".*", where);
    for (const PropertySchema& property : node.properties) {
      if (!is_utf8(property.name)) fault(where, "has a property whose name is not valid UTF-8.");
      // Named in `required` only: its value is what any other property's would be.
      const NodeIndex child =
          property.schema ? reach(*property.schema, where + "." + property.name, where) : out.additional.value_or(any_);
      out.properties.push_back({property.name, child, property.required});
    }
    std::sort(out.properties.begin(), out.properties.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    const auto same_name = [](const auto& a, const auto& b) { return a.name == b.name; };
    const auto twice = std::adjacent_find(out.properties.begin(), out.properties.end(), same_name);
    if (twice != out.properties.end()) fault(where, "has the property " + twice->name + " twice.");
    if (out.properties.size() > kPropertiesMax) fault(where, "has more than 256 properties.");
  }

  void convert_arrays(const SchemaNode& node, NormalNode& out, const std::string& where) {
    if ((out.types & kArray) == 0) return;
    for (std::size_t i = 0; i < node.prefix_items.size(); ++i)
      out.prefix_items.push_back(reach(node.prefix_items[i], where + "[" + std::to_string(i) + "]", where));
    if (node.items) out.items = reach(*node.items, where + "[]", where);
    out.unique_items = node.unique_items;
    if (!node.unique_items) return;
    std::optional<std::uint32_t>& max_items = out.counts[static_cast<std::size_t>(NodeField::max_items) - kFirstCount];
    if (max_items.value_or(0) > kComparedItemsMax) fault(where, "has uniqueItems with a maxItems of more than 1024.");
    if (!max_items) max_items = kComparedItemsMax;
  }

  void convert_one_of(const SchemaNode& node, NormalNode& out, const std::string& where) {
    SchemaNode rest = node;
    rest.one_of.reset();
    rest.types = kAnyType;
    NormalNode others;
    convert(rest, others, where);
    if (!says_nothing(others)) fault(where, "has other keywords beside oneOf; move them into its branches.");
    NormalOneOf& one_of = out.one_of.emplace();
    one_of.tag = node.one_of->by_tag.empty() ? "" : node.one_of->tag;
    for (const auto& [value, branch] : node.one_of->by_tag) one_of.by_tag.emplace_back(value, reach(branch, where, where));
    for (const NodeIndex branch : node.one_of->by_type) one_of.by_type.emplace_back(0, reach(branch, where, where));
  }

  static bool says_nothing(const NormalNode& node) {
    const auto given = [](const auto& field) { return field.has_value(); };
    return node.types == kAnyType && node.format == Format::none && !node.unique_items && !node.pattern &&
           node.properties.empty() && !node.additional && !node.items && node.prefix_items.empty() && node.enumeration.empty() &&
           !node.one_of && std::none_of(node.numbers.begin(), node.numbers.end(), given) &&
           std::none_of(node.counts.begin(), node.counts.end(), given);
  }

  /// Removes children that allow everything, and replaces oneOf if one plain node has the same meaning. Returns true if something
  /// changed, because then more may have become removable.
  bool simplify() {
    bool changed = false;
    const auto allows_all = [&](NodeIndex index) { return says_nothing(form_.nodes[index]); };
    for (NodeIndex index = 0; index < any_; ++index) {
      if (!seen_[index]) continue;
      NormalNode& node = form_.nodes[index];
      for (std::optional<NodeIndex>* child : {&node.additional, &node.items}) {
        if (!*child || !allows_all(**child)) continue;
        child->reset();
        changed = true;
      }
      while (!node.items && !node.prefix_items.empty() && allows_all(node.prefix_items.back())) {
        node.prefix_items.pop_back();
        changed = true;
      }
      changed |= merge_one_of(form_.nodes, index);
    }
    return changed;
  }

  const SchemaGraph& graph_;
  std::vector<DefinitionError>& faults_;
  const NodeIndex any_;
  std::vector<bool> seen_;
  std::vector<std::string> where_ = std::vector<std::string>(seen_.size());
  std::deque<Waiting> waiting_;
  NormalForm form_;
};

}  // namespace

NormalForm normalize_schemas(const SchemaGraph& graph, const std::vector<SchemaRoot>& roots,
                             std::vector<DefinitionError>& faults) {
  return Normalizer(graph, faults).run(roots);
}

void drop_inapplicable(NormalNode& node) {
  const auto drop_counts = [&](NodeField minimum) {
    const std::size_t first = static_cast<std::size_t>(minimum) - kFirstCount;
    node.counts[first].reset();
    node.counts[first + 1].reset();
  };
  if ((node.types & kNumeric) == 0)
    for (auto& number : node.numbers) number.reset();
  if ((node.types & kString) == 0) {
    drop_counts(NodeField::min_length);
    node.pattern.reset();
    node.pattern_program.clear();
    node.format = Format::none;
  }
  if ((node.types & kArray) == 0) {
    drop_counts(NodeField::min_items);
    node.unique_items = false;
    node.items.reset();
    node.prefix_items.clear();
  }
  if ((node.types & kObject) == 0) {
    drop_counts(NodeField::min_properties);
    node.properties.clear();
    node.additional.reset();
  }
}

}  // namespace dialogue
