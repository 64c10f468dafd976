// Arrays and objects: their members in the order of the text, then the checks that need their end.
#include <algorithm>

#include "shared/base/mutation.hpp"
#include "shared/validate/validation.hpp"

namespace dialogue {

bool Validation::open(char closing, bool& more, const ValuePlace& place, std::uint32_t depth) {
  if (depth == kJsonDepthMax) return fail_syntax(ErrorCode::json_depth, place);
  ++cursor_.at;
  cursor_.skip_space();
  more = !cursor_.accept(closing);
  return true;
}

bool Validation::close_or_continue(char closing, bool& more, const ValuePlace& place) {
  cursor_.skip_space();
  more = cursor_.accept(',');
  if (!more && !cursor_.accept(closing)) return fail_syntax(ErrorCode::json_syntax, place);
  cursor_.skip_space();
  return true;
}

Words Validation::counted_table(const NodeView& node, NodeField field, std::uint32_t& count) const {
  if (!node.has(field)) {
    count = 0;
    return {catalogue_};
  }
  const Words table = node.table(field);
  count = table[0];
  return table.from(1);
}

[[gnu::noinline]] std::uint32_t Validation::find_row(Words rows, std::uint32_t count, std::uint32_t words,
                                                     const JsonString& key) const {
  std::uint32_t begin = 0, end = count;
  while (begin < end) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    const int order = compare_text(key, text_at(catalogue_, rows[words * middle]));
    if (order == 0) return middle;
    if (order > 0)
      begin = middle + 1;
    else
      end = middle;
  }
  return count;
}

bool Validation::array(const NodeView& node, const ValuePlace& place, std::uint32_t depth) {
  const char* const begin = cursor_.at;
  std::uint32_t prefix_count = 0;
  const Words prefix = counted_table(node, NodeField::prefix_items, prefix_count);
  const std::uint32_t most = node.word_or(NodeField::max_items, UINT32_MAX);
  ValuePlace inner{&place, false, 0, {}};
  bool more = false;
  if (!open(']', more, place, depth)) return false;
  for (; more; ++inner.index) {
    if (inner.index == most && !fail_bound(ErrorCode::too_many_items, place, begin, most)) return false;
    if (inner.index < prefix_count || node.has(NodeField::items)) {
      const std::uint32_t item = inner.index < prefix_count ? prefix[inner.index] : node.word(NodeField::items);
      if (!value(NodeView(catalogue_, item), inner, depth + 1)) return false;
    } else if (!good(skip_value(cursor_, depth + 1), inner)) {
      return false;
    }
    if (!close_or_continue(']', more, place)) return false;
  }
  return count(node, NodeField::min_items, std::min(inner.index, most), ErrorCode::too_few_items, place, begin) &&
         (!node.unique_items() || inner.index > most || unique(place, begin));
}

bool Validation::object(const NodeView& node, const ValuePlace& place, std::uint32_t depth) {
  const char* const begin = cursor_.at;
  std::uint32_t seen[kPropertiesMax / 32] = {};
  bool more = false;
  if (!open('}', more, place, depth)) return false;
  while (more) {
    ValuePlace inner{&place, true, 0, {}};
    const char* const key_begin = cursor_.at;
    if (!good(scan_key(cursor_, inner.key), place) || !member(node, inner, seen, key_begin, depth)) return false;
    if (!close_or_continue('}', more, place)) return false;
  }
  const bool counted = node.has(NodeField::min_properties) || node.has(NodeField::max_properties);
  return required(node, seen, place, begin) && (!counted || count_keys(node, place, begin));
}

/// The value of one member, whose key has been read. `seen` has a bit for each declared property.
bool Validation::member(const NodeView& node, const ValuePlace& inner, std::uint32_t* seen, const char* key_begin,
                        std::uint32_t depth) {
  std::uint32_t property_count = 0;
  const Words properties = counted_table(node, NodeField::properties, property_count);
  if (const std::uint32_t i = find_row(properties, property_count, 3, inner.key); i < property_count) {
    const std::uint32_t bit = 1U << i % 32;
    if ((seen[i / 32] & bit) != 0)
      return fail(ErrorCode::duplicate_key, inner, key_begin, text_at(catalogue_, properties[3 * i])) &&
             pass(cursor_.at, inner, depth + 1);
    seen[i / 32] |= bit;
    return value(NodeView(catalogue_, properties[3 * i + 1]), inner, depth + 1);
  }
  if (!node.has(NodeField::additional)) return good(skip_value(cursor_, depth + 1), inner);
  const NodeView additional = node.node(NodeField::additional);
  if (additional.types() == 0) return fail(ErrorCode::property_unknown, inner, key_begin) && pass(cursor_.at, inner, depth + 1);
  return value(additional, inner, depth + 1);
}

bool Validation::required(const NodeView& node, const std::uint32_t* seen, const ValuePlace& place, const char* begin) {
  std::uint32_t property_count = 0;
  const Words properties = counted_table(node, NodeField::properties, property_count);
  for (std::uint32_t i = 0; i < property_count; ++i) {
    if (is_mutated(Mutation::last_required_forgotten) && i + 1 == property_count) break;
    if (properties[3 * i + 2] != 0 && (seen[i / 32] >> i % 32 & 1) == 0 &&
        !fail(ErrorCode::required_missing, place, begin, text_at(catalogue_, properties[3 * i])))
      return false;
  }
  return true;
}

bool Validation::add_unseen(SeenValues& seen, JsonCursor& at) {
  const JsonCursor value = at;
  const std::uint32_t digest = comparison_.digest(at);
  for (std::uint32_t i = 0; i < seen.count; ++i) {
    JsonCursor a{seen.values[i], cursor_.end}, b = value;
    if (seen.digests[i] == digest && comparison_.equal(a, b)) return false;
  }
  seen.digests[seen.count] = digest;
  seen.values[seen.count++] = value.at;
  return true;
}

/// The array at `begin` has been validated, with at most kComparedItemsMax items.
[[gnu::noinline]] bool Validation::unique(const ValuePlace& place, const char* begin) {
  SeenValues seen;
  JsonCursor at{begin + 1, cursor_.end};
  while (next_in_container(at, ']')) {
    const char* const item = at.at;
    const ValuePlace inner{&place, false, seen.count, {}};
    if (!add_unseen(seen, at)) return fail(ErrorCode::items_not_unique, inner, item);
    if (comparison_.exhausted()) return fail_bound(ErrorCode::too_many_items, place, begin, inner.index);
  }
  return true;
}

/// Counts the different keys of the validated object at `begin`, as long as the count can still change the verdict.
bool Validation::count_keys(const NodeView& node, const ValuePlace& place, const char* begin) {
  const std::uint32_t least = node.word_or(NodeField::min_properties, 0);
  const std::uint32_t too_many = node.has(NodeField::max_properties) ? node.word(NodeField::max_properties) + 1 : 0;
  const std::uint32_t found = comparison_.count_keys({begin, cursor_.end}, least > too_many ? least : too_many);
  if (comparison_.exhausted()) return fail_bound(ErrorCode::too_many_properties, place, begin, found);
  return count(node, NodeField::min_properties, found, ErrorCode::too_few_properties, place, begin);
}

}  // namespace dialogue
