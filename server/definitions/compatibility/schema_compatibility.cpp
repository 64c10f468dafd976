#include "server/definitions/compatibility/schema_compatibility.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "server/definitions/compatibility/pattern_inclusion.hpp"
#include "server/definitions/schema/bounds_text.hpp"
#include "shared/base/base64.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/number_text.hpp"
#include "shared/json/decimal.hpp"

namespace dialogue::definitions {
namespace {

constexpr std::uint8_t kNumeric = kInteger | kNumber;

/// "string, null"; a number that may have a fraction is distinguished from a whole one.
std::string type_names(std::uint8_t types) {
  static constexpr std::array<std::pair<std::uint8_t, std::string_view>, 7> kNames = {{{kNull, "null"},
                                                                                       {kBoolean, "boolean"},
                                                                                       {kNumber, "numbers with a fraction"},
                                                                                       {kInteger, "whole numbers"},
                                                                                       {kString, "strings"},
                                                                                       {kArray, "arrays"},
                                                                                       {kObject, "objects"}}};
  std::string out;
  for (const auto& [bit, name] : kNames)
    if (types & bit) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

std::string values_text(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : ", ") + value;
  return out;
}

std::vector<std::string> without(const std::vector<std::string>& all, std::vector<std::string> those) {
  std::sort(those.begin(), those.end());
  std::vector<std::string> out;
  for (const std::string& each : all)
    if (!std::binary_search(those.begin(), those.end(), each)) out.push_back(each);
  return out;
}

/// NodeField::min_length to max_properties as NormalNode::counts has them.
enum Count : std::size_t { kMinLength, kMaxLength, kMinItems, kMaxItems, kMinProperties, kMaxProperties };

using Count64 = std::optional<std::uint64_t>;
Count64 count(const NormalNode& node, Count which) { return node.counts[which] ? Count64(*node.counts[which]) : std::nullopt; }
/// A maximum that no payload can exceed says nothing.
Count64 maximum(const NormalNode& node, Count which) {
  const Count64 found = count(node, which);
  return found && *found < kMessageBytesMax ? found : std::nullopt;
}
bool is_less(const Count64& least, const Count64& than) { return least.value_or(0) < than.value_or(0); }
bool is_lower_maximum(const Count64& most, const Count64& than) { return most && (!than || *most < *than); }

std::optional<double> number(const NormalNode& node, NumberKeyword which) {
  return node.numbers[which] ? parse_number(*node.numbers[which]) : std::nullopt;
}

/// One end of a range; an exclusive one is narrower than an inclusive one at the same place.
struct End {
  double value;
  bool exclusive;
  bool operator==(const End&) const = default;
};

/// The lower end of what a node allows, or, with the sign turned, the upper one. Of whole numbers every end is inclusive.
End range_end(const NormalNode& node, bool lower, bool whole) {
  const double sign = lower ? 1 : -1;
  End end{-HUGE_VAL, false};
  if (const auto bound = number(node, lower ? kMinimum : kMaximum)) end = {sign * *bound, false};
  if (const auto bound = number(node, lower ? kExclusiveMinimum : kExclusiveMaximum))
    if (sign * *bound >= end.value) end = {sign * *bound, true};
  if (!whole || std::abs(end.value) >= static_cast<double>(kSafeIntegerMax)) return end;
  return {end.exclusive ? std::floor(end.value) + 1 : std::ceil(end.value), false};
}
bool is_narrower(const End& end, const End& than) {
  return end.value > than.value || (end.value == than.value && end.exclusive && !than.exclusive);
}

/// What every whole number that is a multiple of `step` is a multiple of, too: 3 for 1.5, 1 for 0.5 and for no step at all.
std::string whole_step(const std::optional<std::string>& step) {
  if (!step) return "1";
  const Decimal decimal = parse_decimal(*step);
  if (is_integer(decimal)) return *step;
  std::uint64_t digits = 0;
  DecimalDigits source(decimal);
  for (std::uint32_t i = 0; i < decimal.count; ++i) digits = digits * 10 + source.next();
  // digits / 10^places: each 2 and 5 in the digits meets one of 10^places.
  for (const std::uint64_t factor : {2U, 5U})
    for (auto places = static_cast<std::int32_t>(decimal.count) - decimal.scale; places > 0 && digits % factor == 0; --places)
      digits /= factor;
  return std::to_string(digits);
}

bool has_new_step(const NormalNode& before, const NormalNode& after, bool whole) {
  std::optional<std::string> was = before.numbers[kMultipleOf], is = after.numbers[kMultipleOf];
  if (whole) was = whole_step(was), is = whole_step(is);
  return is && (!was || !is_multiple(parse_decimal(*was), parse_decimal(*is)));
}

/// For the words of bounds_text().
SchemaNode shown(const NormalNode& node, std::uint8_t types) {
  SchemaNode out;
  out.types = types;
  out.minimum = number(node, kMinimum), out.maximum = number(node, kMaximum);
  out.exclusive_minimum = number(node, kExclusiveMinimum), out.exclusive_maximum = number(node, kExclusiveMaximum);
  out.multiple_of = number(node, kMultipleOf);
  const bool is_bytes = node.format == Format::bytes;
  (is_bytes ? out.min_bytes : out.min_length) = count(node, kMinLength);
  (is_bytes ? out.max_bytes : out.max_length) = count(node, kMaxLength);
  out.min_items = count(node, kMinItems), out.max_items = count(node, kMaxItems);
  out.min_properties = count(node, kMinProperties), out.max_properties = count(node, kMaxProperties);
  out.pattern = node.pattern;
  out.format = node.format;
  out.unique_items = node.unique_items;
  return out;
}

const NormalProperty* find_property(const NormalNode& node, const std::string& name) {
  const auto found =
      std::find_if(node.properties.begin(), node.properties.end(), [&](const NormalProperty& p) { return p.name == name; });
  return found == node.properties.end() ? nullptr : &*found;
}

/// The schema of an array's item at `index`.
NodeIndex item(const ComparedSchemas& schemas, const NormalNode& node, std::size_t index) {
  return index < node.prefix_items.size() ? node.prefix_items[index] : node.items.value_or(schemas.anything());
}

/// The most items that an array can have: none stands where nothing is allowed.
Count64 most_items(const ComparedSchemas& schemas, const NormalNode& node) {
  Count64 most = maximum(node, kMaxItems);
  for (std::size_t i = 0; i <= node.prefix_items.size(); ++i)
    if (schemas.is_never(item(schemas, node, i)) && is_lower_maximum(i, most)) most = i;
  return most;
}

/// The fewest and the most properties that an object can have.
std::pair<Count64, Count64> property_counts(const ComparedSchemas& schemas, const NormalNode& node) {
  std::uint64_t required = 0, possible = 0;
  for (const NormalProperty& property : node.properties) {
    required += property.required ? 1 : 0;
    possible += schemas.is_never(property.node) ? 0 : 1;
  }
  Count64 most = maximum(node, kMaxProperties);
  if (node.additional && schemas.is_never(*node.additional) && is_lower_maximum(possible, most)) most = possible;
  return {std::max(required, count(node, kMinProperties).value_or(0)), most};
}

NodeIndex undeclared(const ComparedSchemas& schemas, const NormalNode& node) {
  return node.additional.value_or(schemas.anything());
}

}  // namespace

void SchemaComparison::compare(NodeIndex before, NodeIndex after, const std::string& where) {
  if (!seen_.emplace(before, after).second) return;
  if (!old_.node(before).enumeration.empty() || !new_.node(after).enumeration.empty())
    return compare_values(before, after, kAnyType, where);
  const auto lost = static_cast<std::uint8_t>(old_.types(before, true) & ~new_.types(after, false)),
             gained = static_cast<std::uint8_t>(new_.types(after, true) & ~old_.types(before, false)),
             both = static_cast<std::uint8_t>(old_.types(before, false) & new_.types(after, false));
  if (lost != 0) note(Impact::breaks_both, where, "no longer allows " + type_names(lost) + ".");
  if (gained != 0) note(Impact::breaks_readers, where, "allows " + type_names(gained) + " now, which old readers do not expect.");
  for (const std::uint8_t bit : {kBoolean, kInteger, kString, kArray, kObject}) {
    if ((both & bit) == 0) continue;
    const NodeIndex was = old_.part(before, bit), is = new_.part(after, bit);
    const std::uint8_t mask = bit == kInteger ? kNumeric : bit;
    if (!old_.node(was).enumeration.empty() || !new_.node(is).enumeration.empty())
      compare_values(was, is, mask, where);
    else if (bit == kInteger)
      compare_numbers(old_.node(was), new_.node(is), where);
    else if (bit == kString)
      compare_strings(old_.node(was), new_.node(is), where);
    else if (bit == kArray)
      compare_arrays(old_.node(was), new_.node(is), where);
    else if (bit == kObject)
      compare_objects(was, is, where);
  }
}

/// At least one of the two lists its values.
void SchemaComparison::compare_values(NodeIndex before, NodeIndex after, std::uint8_t mask, const std::string& where) {
  const auto was = old_.values(before, mask), is = new_.values(after, mask);
  if (!was)
    return note(Impact::breaks_both, where, "only allows " + values_text(is.value_or(std::vector<std::string>{})) + " now.");
  const auto lost = is ? without(*was, *is) : new_.refused(after, *was);
  if (!lost.empty()) note(Impact::breaks_both, where, "no longer allows " + values_text(lost) + ".");
  if (!is) return note(Impact::breaks_readers, where, "is no longer limited to " + values_text(*was) + ".");
  const auto gained = without(*is, *was);
  if (!gained.empty())
    note(Impact::breaks_readers, where, "allows " + values_text(gained) + " now, which old readers do not expect.");
}

/// Bounds are not types: readers do not depend on them, publishers do.
void SchemaComparison::note_bounds(bool tighter, const SchemaNode& before, const SchemaNode& after, const std::string& where) {
  const auto words = [](const std::string& text) { return text.empty() ? std::string("unbounded") : text; };
  const std::string old_text = words(bounds_text(before)), new_text = words(bounds_text(after));
  if (old_text != new_text)
    note(tighter ? Impact::breaks_publishers : Impact::harmless, where, "is now " + new_text + "; it was " + old_text + ".");
  else if (tighter)
    note(Impact::breaks_publishers, where, "has tighter bounds now.");
}

void SchemaComparison::compare_numbers(Node before, Node after, const std::string& where) {
  const bool whole = ((before.types & after.types) & kNumber) == 0;
  bool tighter = has_new_step(before, after, whole);
  for (const bool lower : {true, false})
    tighter = tighter || is_narrower(range_end(after, lower, whole), range_end(before, lower, whole));
  note_bounds(tighter, shown(before, kNumeric), shown(after, kNumeric), where);
}

void SchemaComparison::compare_strings(Node before, Node after, const std::string& where) {
  const bool were_bytes = before.format == Format::bytes, are_bytes = after.format == Format::bytes;
  Count64 was_least = count(before, kMinLength), was_most = maximum(before, kMaxLength);
  if (were_bytes && !are_bytes) {  // characters are counted now
    if (was_least) was_least = encoded_size(*was_least);
    if (was_most) was_most = encoded_size(*was_most);
    note(Impact::breaks_readers, where, "is no longer bytes, which old readers expect.");
  }
  if (!were_bytes && are_bytes) note(Impact::breaks_both, where, "is bytes now: text is refused, and what is stored stays text.");
  const bool tighter = is_less(was_least, count(after, kMinLength)) || is_lower_maximum(maximum(after, kMaxLength), was_most) ||
                       (after.format != Format::none && after.format != before.format) ||
                       !pattern_includes(after.pattern_program, before.pattern_program);
  note_bounds(tighter, shown(before, kString), shown(after, kString), where);
}

void SchemaComparison::compare_arrays(Node before, Node after, const std::string& where) {
  const Count64 was_most = most_items(old_, before), is_most = most_items(new_, after);
  SchemaNode was = shown(before, kArray), is = shown(after, kArray);
  was.max_items = was_most, is.max_items = is_most;
  note_bounds(is_less(count(before, kMinItems), count(after, kMinItems)) || is_lower_maximum(is_most, was_most) ||
                  (after.unique_items && !before.unique_items),
              was, is, where);
  // Only where both can have an item: whether there is one is a bound.
  const auto stands = [&](std::uint64_t index) {
    return index < was_most.value_or(index + 1) && index < is_most.value_or(index + 1);
  };
  const std::size_t listed = std::max(before.prefix_items.size(), after.prefix_items.size());
  for (std::size_t i = 0; i < listed && stands(i); ++i)
    compare(item(old_, before, i), item(new_, after, i), where + '[' + std::to_string(i) + ']');
  if (stands(listed)) compare(item(old_, before, listed), item(new_, after, listed), where + "[*]");
}

void SchemaComparison::compare_objects(NodeIndex before, NodeIndex after, const std::string& where) {
  if (old_.node(before).one_of || new_.node(after).one_of) return compare_variants(before, after, where);
  const NormalNode &was = old_.node(before), &is = new_.node(after);
  const auto [was_least, was_most] = property_counts(old_, was);
  const auto [is_least, is_most] = property_counts(new_, is);
  // How many properties there are at least follows from those that are required, which are reported by name.
  const bool fewer = is.counts[kMaxProperties] && is_lower_maximum(is_most, was_most);
  const bool more = is.counts[kMinProperties] && is_less(was_least, count(is, kMinProperties));
  note_bounds(fewer || more, shown(was, kObject), shown(is, kObject), where);
  compare_properties(was, is, where);
}

void SchemaComparison::compare_properties(Node before, Node after, const std::string& where) {
  std::set<std::string> names;
  for (const NormalProperty& property : before.properties) names.insert(property.name);
  for (const NormalProperty& property : after.properties) names.insert(property.name);
  for (const std::string& name : names) compare_property(name, before, after, where + '.' + name);
  compare_undeclared(before, after, where);
}

void SchemaComparison::compare_property(const std::string& name, Node before, Node after, const std::string& where) {
  const NormalProperty *was = find_property(before, name), *is = find_property(after, name);
  const NodeIndex was_node = was ? was->node : undeclared(old_, before), is_node = is ? is->node : undeclared(new_, after);
  const bool was_required = was && was->required, is_required = is && is->required;
  const bool was_never = old_.is_never(was_node), is_never = new_.is_never(is_node);
  if (is_required && !was_required) {
    note(Impact::breaks_both, where, was ? "is required now." : "is new and required.");
    if (!was) return;
  }
  if (is_never) {
    if (!was_never)
      note(was_required ? Impact::breaks_both : Impact::breaks_publishers, where,
           "was removed, and undeclared properties are refused.");
    return;
  }
  if (was_never) {
    if (!is_required) note(Impact::harmless, where, "is new and optional.");
    return;
  }
  if (was_required && !is_required)
    note(Impact::breaks_readers, where,
         is ? "may be omitted now, which old readers do not expect." : "was removed, and old readers rely on it.");
  if (!was && was_node == old_.anything()) {
    // Users of its name for something else are refused now, and what is stored may be something else.
    const Impact impact = impact_of(was_node, is_node);
    note(impact, where, impact == Impact::harmless ? "is new and optional." : "is declared now; before, any value was allowed.");
    return;
  }
  if (!is && is_node == new_.anything()) {
    if (impact_of(was_node, is_node) != Impact::harmless)
      note(Impact::breaks_readers, where, "is no longer declared: any value is now allowed, which old readers do not expect.");
    else if (!was_required)
      note(Impact::harmless, where, "is no longer declared.");
    return;
  }
  if (!is && !was_required) note(Impact::harmless, where, "is no longer declared.");
  compare(was_node, is_node, where);
}

Impact SchemaComparison::impact_of(NodeIndex before, NodeIndex after) {
  const auto [known, is_new] = impacts_->emplace(Pair{before, after}, Impact::harmless);  // until it is known, for recursion
  if (!is_new) return known->second;
  std::vector<Change> found;
  SchemaComparison inner(old_, new_, found);
  inner.impacts_ = impacts_;
  inner.compare(before, after, "");
  for (const Change& change : found) known->second = std::min(known->second, change.impact);
  return known->second;
}

void SchemaComparison::compare_undeclared(Node before, Node after, const std::string& where) {
  const NodeIndex was = undeclared(old_, before), is = undeclared(new_, after);
  const bool refused_before = old_.is_never(was), refused_now = new_.is_never(is);
  if (refused_before && refused_now) return;
  if (refused_now) return note(Impact::breaks_publishers, where, "refuses undeclared properties now.");
  if (refused_before) return note(Impact::harmless, where, "allows undeclared properties now.");
  compare(was, is, where + ".*");
}

/// At least one of the two distinguishes its objects by a tag. One that does not counts as one variant, or accepts them all.
void SchemaComparison::compare_variants(NodeIndex before, NodeIndex after, const std::string& where) {
  const auto &was = old_.node(before).one_of, &is = new_.node(after).one_of;
  if (!is) {
    for (const auto& [value, branch] : was->by_tag) compare_objects(branch, after, where + '<' + value + '>');
    return;
  }
  std::set<std::string> met;
  const auto compare_variant = [&](const std::optional<std::string>& value, NodeIndex branch) {
    if (!value) return note(Impact::breaks_both, where, "distinguishes its variants in another way.");
    const auto now = std::find_if(is->by_tag.begin(), is->by_tag.end(), [&](const auto& row) { return row.first == *value; });
    if (now == is->by_tag.end()) return note(Impact::breaks_both, where, "no longer has the variant \"" + *value + "\".");
    met.insert(*value);
    compare_objects(old_.part(branch, kObject), new_.part(now->second, kObject), where + '<' + *value + '>');
  };
  if (!was) compare_variant(old_.tag_value(before, is->tag), before);
  if (was)
    for (const auto& [value, branch] : was->by_tag)
      compare_variant(was->tag == is->tag ? std::optional(value) : old_.tag_value(branch, is->tag), branch);
  for (const auto& [value, branch] : is->by_tag)
    if (met.count(value) == 0)
      note(Impact::breaks_readers, where, "has the new variant \"" + value + "\", which old readers do not expect.");
}

}  // namespace dialogue::definitions
