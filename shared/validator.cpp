#include "shared/validator.hpp"

#include "shared/catalogue_layout.hpp"
#include "shared/decimal.hpp"
#include "shared/formats.hpp"
#include "shared/json_equal.hpp"
#include "shared/json_scanner.hpp"
#include "shared/pattern.hpp"
#include "shared/planted_bug.hpp"
#include "shared/verdict_text.hpp"

namespace dialogue {
namespace {

constexpr std::uint8_t kNumeric = kInteger | kNumber;

/// "integer or null", for what a node allows.
void add_types(VerdictText& text, std::uint32_t types) {
  constexpr std::string_view kNames[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
  if ((types & kNumber) != 0) types &= ~static_cast<std::uint32_t>(kInteger);
  bool first = true;
  for (std::uint32_t bit = 0; bit < 7; ++bit) {
    if ((types >> bit & 1) == 0) continue;
    if (!first) text.add(" or ");
    text.add(kNames[bit]);
    first = false;
  }
}

/// Items or keys that were seen already, found by the digest of their value. Reached through one level of the recursion at a
/// time, so it is made where it is used and not kept for each level.
struct SeenValues {
  std::uint32_t count = 0;
  std::uint32_t digests[kComparedItemsMax + 1];
  const char* values[kComparedItemsMax + 1];
};

class Validation {
 public:
  Validation(const std::uint8_t* catalogue, std::string_view payload, Verdict& verdict)
      : catalogue_(catalogue),
        begin_(payload.data()),
        cursor_{payload.data(), payload.data() + payload.size()},
        verdict_(verdict) {}

  void run(std::uint32_t root) {
    const ValuePlace whole;
    cursor_.skip_space();
    if (value(NodeView(catalogue_, root), whole, 0) && !cursor_.only_space_left()) syntax(ErrorCode::json_syntax, whole);
  }

 private:
  /// Notes the fault and returns false. The argument is written by the caller through argument().
  bool fail(ErrorCode code, const ValuePlace& place, const char* at) {
    verdict_.code = code;
    verdict_.offset = static_cast<std::uint32_t>(at - begin_);
    VerdictText(verdict_.path_bytes, verdict_.path_length).add_path(place);
    return false;
  }
  bool fail(ErrorCode code, const ValuePlace& place, const char* at, std::string_view text) {
    argument().add(text);
    return fail(code, place, at);
  }
  bool fail(ErrorCode code, const ValuePlace& place, const char* at, std::uint32_t bound) {
    argument().add_number(bound);
    return fail(code, place, at);
  }
  VerdictText argument() { return {verdict_.argument_bytes, verdict_.argument_length}; }

  /// A fault of the text itself, at the cursor.
  bool syntax(ErrorCode code, const ValuePlace& place) {
    if (code == ErrorCode::json_depth) return fail(code, place, cursor_.at, kJsonDepthMax);
    return fail(code, place, cursor_.at);
  }
  bool good(ErrorCode scanned, const ValuePlace& place) { return scanned == ErrorCode::ok || syntax(scanned, place); }

  /// One value at the cursor, inside `depth` open arrays and objects.
  bool value(NodeView node, const ValuePlace& place, std::uint32_t depth) {
    if (node.allows_all()) return good(skip_value(cursor_, depth), place);
    const char* const begin = cursor_.at;
    Scanned scanned;
    if (!good(scan_scalar(scanned), place)) return false;
    for (std::uint32_t hops = 0; node.has(NodeField::one_of) && (node.types() & scanned.type) != 0; ++hops) {
      if (hops == kOneOfChainMax) return fail(ErrorCode::variant_unknown, place, begin);
      if (!choose(node, scanned.type, place, depth)) return false;
    }
    if ((node.types() & scanned.type) == 0) {
      if (node.types() == 0) return fail(ErrorCode::value_forbidden, place, begin);
      VerdictText text = argument();
      add_types(text, node.types());
      return fail(ErrorCode::wrong_type, place, begin);
    }
    switch (scanned.type) {
      case kInteger:
      case kNumber:
        if (!number(node, scanned.number, place, begin)) return false;
        break;
      case kString:
        if (!string(node, scanned.string, place, begin)) return false;
        break;
      case kArray:
        if (!array(node, place, depth)) return false;
        break;
      case kObject:
        if (!object(node, place, depth)) return false;
        break;
      default:
        break;
    }
    return !node.has(NodeField::enumeration) || enumeration(node, place, begin);
  }

  struct Scanned {
    std::uint8_t type = 0;
    JsonString string;
    Decimal number;
  };

  /// Tells the type of the value at the cursor; a string, number or literal is read, an array or object only begun.
  ErrorCode scan_scalar(Scanned& scanned) {
    const char* const begin = cursor_.at;
    const char first = cursor_.peek();
    if (first == '{' || first == '[') {
      scanned.type = first == '{' ? kObject : kArray;
      return ErrorCode::ok;
    }
    if (first == '"') {
      scanned.type = kString;
      return scan_string(cursor_, scanned.string);
    }
    if (first != '-' && (first < '0' || first > '9')) {
      scanned.type = first == 'n' ? kNull : kBoolean;
      return scan_literal(cursor_);
    }
    if (const ErrorCode fault = scan_number(cursor_); fault != ErrorCode::ok) return fault;
    scanned.number = parse_decimal({begin, static_cast<std::size_t>(cursor_.at - begin)});
    scanned.type = is_integer(scanned.number) ? kInteger : kNumber;
    return ErrorCode::ok;
  }

  /// Replaces a node with oneOf by the branch that the value belongs to.
  bool choose(NodeView& node, std::uint8_t type, const ValuePlace& place, std::uint32_t depth) {
    const Words one_of = node.table(NodeField::one_of);
    const std::uint32_t tags = one_of[1], types = one_of[2];
    if (type == kObject && tags > 0) return choose_by_tag(node, place, depth);
    for (std::uint32_t i = 0; i < types; ++i) {
      const Words row = one_of.from(3 + 2 * tags + 2 * i);
      if ((row[0] & type) == 0) continue;
      node = NodeView(catalogue_, row[1]);
      return true;
    }
    return fail(ErrorCode::variant_unknown, place, cursor_.at);
  }

  /// Reads ahead to the tag. The text is not checked yet, so a fault may show up here; everything is read again afterwards.
  bool choose_by_tag(NodeView& node, const ValuePlace& place, std::uint32_t depth) {
    const Words one_of = node.table(NodeField::one_of);
    const std::string_view tag = text_at(catalogue_, one_of[0]);
    const JsonCursor begin = cursor_;
    if (depth == kJsonDepthMax) return syntax(ErrorCode::json_depth, place);
    for (++cursor_.at; next_in_container(cursor_, '}');) {
      ValuePlace inner{&place, true, 0, {}};
      if (!good(scan_key(cursor_, inner.key), place)) return false;
      JsonString text;
      const char* const at = cursor_.at;
      if (!equals_text(inner.key, tag)) {
        if (!good(skip_value(cursor_, depth + 1), inner)) return false;
      } else if (cursor_.peek() != '"') {
        return fail(ErrorCode::variant_unknown, inner, at);
      } else if (!good(scan_string(cursor_, text), inner)) {
        return false;
      } else {
        cursor_ = begin;
        return find_tag(node, one_of, text) || fail(ErrorCode::variant_unknown, inner, at);
      }
    }
    return fail(ErrorCode::required_missing, place, begin.at, tag);
  }

  bool find_tag(NodeView& node, Words one_of, const JsonString& text) {
    for (std::uint32_t i = 0; i < one_of[1]; ++i) {
      if (!equals_text(text, text_at(catalogue_, one_of[3 + 2 * i]))) continue;
      node = NodeView(catalogue_, one_of[4 + 2 * i]);
      return true;
    }
    return false;
  }

  bool number(const NodeView& node, const Decimal& found, const ValuePlace& place, const char* begin) {
    for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(NodeField::multiple_of); ++i) {
      const NodeField field{i};
      if (!node.has(field)) continue;
      const std::string_view text = node.text(field);
      const Decimal bound = parse_decimal(text);
      if (field == NodeField::multiple_of) {
        if (!is_multiple(found, bound)) return fail(ErrorCode::not_multiple, place, begin, text);
        continue;
      }
      const bool is_minimum = field == NodeField::minimum || field == NodeField::exclusive_minimum;
      const bool is_exclusive = field == NodeField::exclusive_minimum || field == NodeField::exclusive_maximum;
      const int order = is_minimum ? compare(bound, found) : compare(found, bound);
      if (has_planted(PlantedBug::exclusive_as_inclusive) && order == 0) continue;
      if (order > 0 || (order == 0 && is_exclusive))
        return fail(is_minimum ? ErrorCode::too_small : ErrorCode::too_large, place, begin, text);
    }
    return true;
  }

  bool string(const NodeView& node, const JsonString& found, const ValuePlace& place, const char* begin) {
    const auto length =
        has_planted(PlantedBug::length_in_bytes) ? static_cast<std::uint32_t>(found.raw().size()) : found.code_points;
    if (!count(node, NodeField::min_length, length, ErrorCode::too_short, place, begin)) return false;
    if (node.has(NodeField::pattern)) {
      const Words words = node.table(NodeField::pattern);
      if (!pattern_matches(PatternProgram(words.from(1)), found))
        return fail(ErrorCode::pattern_mismatch, place, begin, text_at(catalogue_, words[0]));
    }
    if (!matches_format(node.format(), found)) return fail(ErrorCode::format_mismatch, place, begin, format_name(node.format()));
    return true;
  }

  /// Checks a count against the field `minimum` and the one behind it, its maximum; `too_few` is followed by its opposite in
  /// ErrorCode.
  bool count(const NodeView& node, NodeField minimum, std::uint32_t found, ErrorCode too_few, const ValuePlace& place,
             const char* begin) {
    const auto maximum = static_cast<NodeField>(static_cast<std::uint8_t>(minimum) + 1);
    const auto too_many = static_cast<ErrorCode>(static_cast<std::uint16_t>(too_few) + 1);
    if (node.has(minimum) && found < node.word(minimum)) return fail(too_few, place, begin, node.word(minimum));
    if (node.has(maximum) && found > node.word(maximum)) return fail(too_many, place, begin, node.word(maximum));
    return true;
  }

  /// Behind a value: whether the container goes on, or ended. False for anything but a comma or the closing bracket.
  bool close_or_continue(char closing, bool& more, const ValuePlace& place) {
    cursor_.skip_space();
    more = cursor_.accept(',');
    if (!more && !cursor_.accept(closing)) return syntax(ErrorCode::json_syntax, place);
    cursor_.skip_space();
    return true;
  }

  /// Behind the opening bracket, which is stepped over: whether anything is inside.
  bool open(char closing, bool& more, const ValuePlace& place, std::uint32_t depth) {
    if (depth == kJsonDepthMax) return syntax(ErrorCode::json_depth, place);
    ++cursor_.at;
    cursor_.skip_space();
    more = !cursor_.accept(closing);
    return true;
  }

  bool array(const NodeView& node, const ValuePlace& place, std::uint32_t depth) {
    const char* const begin = cursor_.at;
    const Words prefix = node.has(NodeField::prefix_items) ? node.table(NodeField::prefix_items) : Words{nullptr};
    const std::uint32_t prefix_count = prefix.at != nullptr ? prefix[0] : 0;
    const std::uint32_t max_items = node.has(NodeField::max_items) ? node.word(NodeField::max_items) : UINT32_MAX;
    ValuePlace inner{&place, false, 0, {}};
    bool more = false;
    if (!open(']', more, place, depth)) return false;
    for (; more; ++inner.index) {
      if (inner.index == max_items) return fail(ErrorCode::too_many_items, place, begin, max_items);
      if (inner.index < prefix_count) {
        if (!value(NodeView(catalogue_, prefix[1 + inner.index]), inner, depth + 1)) return false;
      } else if (node.has(NodeField::items)) {
        if (!value(node.node(NodeField::items), inner, depth + 1)) return false;
      } else if (!good(skip_value(cursor_, depth + 1), inner)) {
        return false;
      }
      if (!close_or_continue(']', more, place)) return false;
    }
    if (node.has(NodeField::min_items) && inner.index < node.word(NodeField::min_items))
      return fail(ErrorCode::too_few_items, place, begin, node.word(NodeField::min_items));
    return !node.unique_items() || unique(place, begin);
  }

  bool object(const NodeView& node, const ValuePlace& place, std::uint32_t depth) {
    const char* const begin = cursor_.at;
    const Words properties = node.has(NodeField::properties) ? node.table(NodeField::properties) : Words{nullptr};
    const std::uint32_t property_count = properties.at != nullptr ? properties[0] : 0;
    std::uint32_t seen[kPropertiesMax / 32] = {};
    bool more = false;
    if (!open('}', more, place, depth)) return false;
    while (more) {
      ValuePlace inner{&place, true, 0, {}};
      const char* const key_begin = cursor_.at;
      if (!good(scan_key(cursor_, inner.key), place)) return false;
      const std::uint32_t index = find_property(properties, property_count, inner.key);
      if (index < property_count) {
        std::uint32_t& word = seen[index / 32];
        const std::uint32_t bit = 1U << index % 32;
        if ((word & bit) != 0) {
          argument().add_string(inner.key);
          return fail(ErrorCode::duplicate_key, inner, key_begin);
        }
        word |= bit;
        if (!value(NodeView(catalogue_, properties[2 + 3 * index]), inner, depth + 1)) return false;
      } else if (node.has(NodeField::additional)) {
        const NodeView additional = node.node(NodeField::additional);
        if (additional.types() == 0) return fail(ErrorCode::property_unknown, inner, key_begin);
        if (!value(additional, inner, depth + 1)) return false;
      } else if (!good(skip_value(cursor_, depth + 1), inner)) {
        return false;
      }
      if (!close_or_continue('}', more, place)) return false;
    }
    for (std::uint32_t i = 0; i < property_count; ++i) {
      if (has_planted(PlantedBug::last_required_forgotten) && i + 1 == property_count) break;
      if (properties[3 + 3 * i] != 0 && (seen[i / 32] >> i % 32 & 1) == 0)
        return fail(ErrorCode::required_missing, place, begin, text_at(catalogue_, properties[1 + 3 * i]));
    }
    const bool bounded = node.has(NodeField::min_properties) || node.has(NodeField::max_properties);
    return !bounded || count_keys(node, place, begin);
  }

  std::uint32_t find_property(Words properties, std::uint32_t property_count, const JsonString& key) const {
    std::uint32_t index = 0;
    while (index < property_count && !equals_text(key, text_at(catalogue_, properties[1 + 3 * index]))) ++index;
    return index;
  }

  /// Adds the value at the cursor, which is stepped over; false when an equal one is there already.
  bool add_unseen(SeenValues& seen, JsonCursor& at) {
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
  [[gnu::noinline]] bool unique(const ValuePlace& place, const char* begin) {
    SeenValues seen;
    JsonCursor at{begin + 1, cursor_.end};
    while (next_in_container(at, ']')) {
      const char* const item = at.at;
      ValuePlace inner{&place, false, seen.count, {}};
      if (!add_unseen(seen, at)) return fail(ErrorCode::items_not_unique, inner, item);
      if (comparison_.exhausted()) return fail(ErrorCode::too_many_items, place, begin, seen.count);
    }
    return true;
  }

  /// Counts the different keys of the validated object at `begin`, as long as the count can still change the verdict.
  [[gnu::noinline]] bool count_keys(const NodeView& node, const ValuePlace& place, const char* begin) {
    const bool has_max = node.has(NodeField::max_properties);
    const std::uint32_t enough = has_max ? node.word(NodeField::max_properties) + 1 : node.word(NodeField::min_properties);
    SeenValues seen;
    JsonCursor at{begin + 1, cursor_.end};
    while (seen.count < enough && next_in_container(at, '}')) {
      static_cast<void>(add_unseen(seen, at));
      at.skip_space();
      at.accept(':');
      static_cast<void>(skip_value(at, 0));
      if (comparison_.exhausted()) return fail(ErrorCode::too_many_properties, place, begin, seen.count);
    }
    return count(node, NodeField::min_properties, seen.count, ErrorCode::too_few_properties, place, begin);
  }

  bool enumeration(const NodeView& node, const ValuePlace& place, const char* begin) {
    const Words allowed = node.table(NodeField::enumeration);
    for (std::uint32_t i = 0; i < allowed[0]; ++i) {
      const std::string_view text = text_at(catalogue_, allowed[1 + i]);
      JsonCursor a{begin, cursor_.at}, b{text.data(), text.data() + text.size()};
      if (comparison_.equal(a, b)) return true;
    }
    return fail(allowed[0] == 1 ? ErrorCode::not_const : ErrorCode::not_in_enum, place, begin);
  }

  const std::uint8_t* catalogue_;
  const char* begin_;
  JsonCursor cursor_;
  JsonComparison comparison_;
  Verdict& verdict_;
};

}  // namespace

void validate(const CatalogueView& catalogue, std::uint32_t event, std::string_view payload, Verdict& verdict) {
  verdict.code = ErrorCode::ok;
  verdict.offset = 0;
  verdict.path_length = verdict.argument_length = 0;
  Validation(catalogue.bytes().data(), payload, verdict).run(catalogue.event(event).schema);
}

void make_single_line(std::span<char> payload) {
  bool in_string = false;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    char& c = payload[i];
    if (c == '"') {
      in_string = !in_string;
    } else if (in_string) {
      if (c == '\\') ++i;
    } else if (c == '\n' || c == '\r' || c == '\t') {
      c = ' ';
    }
  }
}

}  // namespace dialogue
