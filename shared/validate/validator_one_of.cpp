// oneOf: branches exclude each other by type or by a tag, so one look ahead decides which schema a value belongs to.
#include "shared/validate/validation.hpp"

namespace dialogue {

bool Validation::choose(NodeView& node, std::uint8_t type, const ValuePlace& place, std::uint32_t depth) {
  const Words one_of = node.table(NodeField::one_of);
  const std::uint32_t tag_count = one_of[1], type_count = one_of[2];
  if (type == kObject && tag_count > 0) return choose_by_tag(node, place, depth);
  for (std::uint32_t i = 0; i < type_count; ++i) {
    const Words row = one_of.from(3 + 2 * tag_count + 2 * i);
    if ((row[0] & type) == 0) continue;
    node = NodeView(catalogue_, row[1]);
    return true;
  }
  return fail(ErrorCode::variant_unknown, place, cursor_.at);
}

/// Reads ahead to the tag, then returns. Text read ahead is not checked yet: a fault in it is reported here, and commas
/// that are missing are found when everything is read again.
bool Validation::choose_by_tag(NodeView& node, const ValuePlace& place, std::uint32_t depth) {
  const Words one_of = node.table(NodeField::one_of);
  const std::string_view tag = text_at(catalogue_, one_of[0]);
  const JsonCursor begin = cursor_;
  if (depth == kJsonDepthMax) return fail_syntax(ErrorCode::json_depth, place);
  for (++cursor_.at; next_in_container(cursor_, '}');) {
    ValuePlace inner{&place, true, 0, {}};
    if (!good(scan_key(cursor_, inner.key), place)) return false;
    if (!equals_text(inner.key, tag)) {
      if (!good(skip_value(cursor_, depth + 1), inner)) return false;
      continue;
    }
    const char* const at = cursor_.at;
    JsonString text;
    if (cursor_.peek() != '"') return fail(ErrorCode::variant_unknown, inner, at);
    if (!good(scan_string(cursor_, text), inner)) return false;
    cursor_ = begin;
    return find_tag(node, one_of, text) || fail(ErrorCode::variant_unknown, inner, at);
  }
  return fail(ErrorCode::required_missing, place, begin.at, tag);
}

bool Validation::find_tag(NodeView& node, Words one_of, const JsonString& text) const {
  const std::uint32_t row = find_row(one_of.from(3), one_of[1], 2, text);
  if (row == one_of[1]) return false;
  node = NodeView(catalogue_, one_of[4 + 2 * row]);
  return true;
}

}  // namespace dialogue
