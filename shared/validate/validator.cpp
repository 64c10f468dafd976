// The entrance, single values, and how faults are noted.
#include "shared/validate/validator.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "shared/base/mutation.hpp"
#include "shared/pattern/pattern.hpp"
#include "shared/schema/formats.hpp"
#include "shared/validate/validation.hpp"

namespace dialogue {

void Validation::run(std::uint32_t root) {
  const ValuePlace whole;
  cursor_.skip_space();
  if (value(NodeView(catalogue_, root), whole, 0) && !cursor_.only_space_left()) fail_syntax(ErrorCode::json_syntax, whole);
}

bool Validation::value(NodeView node, const ValuePlace& place, std::uint32_t depth) {
  if (node.allows_all()) return good(skip_value(cursor_, depth), place);
  const char* const begin = cursor_.at;
  Scanned scanned;
  if (!good(scan(scanned), place)) return false;
  for (std::uint32_t hops = 0; node.has(NodeField::one_of) && (node.types() & scanned.type) != 0; ++hops) {
    if (hops == kOneOfChainMax) return fail(ErrorCode::variant_unknown, place, begin) && pass(begin, place, depth);
    const std::uint32_t to_pass = to_pass_;
    if (!choose(node, scanned.type, place, depth)) return false;
    if (to_pass_ != to_pass) return pass(begin, place, depth);  // there is no schema for it
  }
  if ((node.types() & scanned.type) == 0) return fail_type(node, place, begin) && pass(begin, place, depth);
  bool fits = true;
  if ((scanned.type & (kInteger | kNumber)) != 0)
    fits = number(node, scanned.number, place, begin);
  else if (scanned.type == kString)
    fits = string(node, scanned.string, place, begin);
  else if (scanned.type == kArray)
    fits = array(node, place, depth);
  else if (scanned.type == kObject)
    fits = object(node, place, depth);
  return fits && (!node.has(NodeField::enumeration) || enumeration(node, place, begin));
}

ErrorCode Validation::scan(Scanned& scanned) {
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
  const ErrorCode fault = scan_number(cursor_);
  if (fault != ErrorCode::ok) return fault;
  scanned.number = parse_decimal({begin, static_cast<std::size_t>(cursor_.at - begin)});
  scanned.type = is_integer(scanned.number) ? kInteger : kNumber;
  return fault;
}

bool Validation::number(const NodeView& node, const Decimal& found, const ValuePlace& place, const char* begin) {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(NodeField::multiple_of); ++i) {
    const NodeField field{i};
    if (!node.has(field)) continue;
    const std::string_view text = node.text(field);
    const Decimal bound = parse_decimal(text);
    if (field == NodeField::multiple_of) return is_multiple(found, bound) || fail(ErrorCode::not_multiple, place, begin, text);
    const bool is_minimum = field == NodeField::minimum || field == NodeField::exclusive_minimum;
    const bool is_exclusive = field >= NodeField::exclusive_minimum && !is_mutated(Mutation::exclusive_as_inclusive);
    const int order = is_minimum ? compare(bound, found) : compare(found, bound);
    if (order > (is_exclusive ? -1 : 0) && !fail(is_minimum ? ErrorCode::too_small : ErrorCode::too_large, place, begin, text))
      return false;
  }
  return true;
}

bool Validation::string(const NodeView& node, const JsonString& found, const ValuePlace& place, const char* begin) {
  const Format format = node.format();
  std::uint32_t length = 0;
  if (!matches_format(format, found, length)) return fail(ErrorCode::format_mismatch, place, begin, format_name(format));
  if (is_mutated(Mutation::length_in_bytes)) length = static_cast<std::uint32_t>(found.raw().size());
  const ErrorCode too_short = format == Format::bytes ? ErrorCode::too_few_bytes : ErrorCode::too_short;
  if (!count(node, NodeField::min_length, length, too_short, place, begin)) return false;
  if (!node.has(NodeField::pattern)) return true;
  const Words words = node.table(NodeField::pattern);
  if (pattern_matches(PatternProgram(words.from(1)), found)) return true;
  return fail(ErrorCode::pattern_mismatch, place, begin, text_at(catalogue_, words[0]));
}

bool Validation::enumeration(const NodeView& node, const ValuePlace& place, const char* begin) {
  const Words allowed = node.table(NodeField::enumeration);
  JsonCursor found{begin, cursor_.at};
  const std::uint32_t digest = comparison_.digest(found);
  std::uint32_t at = 0, end = allowed[0];  // digests before `at` are below the one found, those from `end` on are not
  while (at < end) {
    const std::uint32_t middle = at + (end - at) / 2;
    if (allowed[1 + 2 * middle] < digest)
      at = middle + 1;
    else
      end = middle;
  }
  for (; at < allowed[0] && allowed[1 + 2 * at] == digest; ++at) {
    const std::string_view text = text_at(catalogue_, allowed[2 + 2 * at]);
    JsonCursor a{begin, cursor_.at}, b{text.data(), text.data() + text.size()};
    if (comparison_.equal(a, b)) return true;
    if (comparison_.exhausted()) break;
  }
  return fail(allowed[0] == 1 ? ErrorCode::not_const : ErrorCode::not_in_enum, place, begin);
}

bool Validation::count(const NodeView& node, NodeField minimum, std::uint32_t found, ErrorCode too_few, const ValuePlace& place,
                       const char* begin) {
  const auto maximum = static_cast<NodeField>(static_cast<std::uint8_t>(minimum) + 1);
  const auto too_many = static_cast<ErrorCode>(static_cast<std::uint16_t>(too_few) + 1);
  const std::uint32_t least = node.word_or(minimum, 0), most = node.word_or(maximum, UINT32_MAX);
  if (found < least) return fail_bound(too_few, place, begin, least);
  return found <= most || fail_bound(too_many, place, begin, most);
}

bool Validation::fail(ErrorCode code, const ValuePlace& place, const char* at, std::string_view text) {
  if (to_pass_ != 0 && code > ErrorCode::json_depth) {  // codes up to that are faults of the text, which cannot be read further
    --to_pass_;
    verdict_.argument_length = 0;
    return true;
  }
  verdict_.code = code;
  verdict_.offset = static_cast<std::uint32_t>(at - begin_);
  VerdictText(verdict_.path_bytes, verdict_.path_length).add_path(place);
  if (!text.empty()) argument().add(text);
  return false;
}

bool Validation::fail_bound(ErrorCode code, const ValuePlace& place, const char* at, std::uint32_t bound) {
  argument().add_number(bound);
  return fail(code, place, at);
}

bool Validation::fail_syntax(ErrorCode code, const ValuePlace& place) {
  if (code == ErrorCode::json_depth) return fail_bound(code, place, cursor_.at, kJsonDepthMax);
  return fail(code, place, cursor_.at);
}

/// The argument is what would have fitted: "integer or null".
bool Validation::fail_type(const NodeView& node, const ValuePlace& place, const char* at) {
  constexpr std::string_view kNames = "null boolean integer number string array object ", kOr = " or ";
  std::uint32_t types = node.types();
  if (types == 0) return fail(ErrorCode::value_forbidden, place, at);
  if ((types & kNumber) != 0) types &= ~static_cast<std::uint32_t>(kInteger);
  VerdictText text = argument();
  for (std::string_view names = kNames; types != 0; types >>= 1) {
    const std::size_t length = names.find(' ');
    if ((types & 1) != 0) {
      if (verdict_.argument_length > 0) text.add(kOr);
      text.add(names.substr(0, length));
    }
    names.remove_prefix(length + 1);
  }
  return fail(ErrorCode::wrong_type, place, at);
}

void validate(const CatalogueView& catalogue, std::uint32_t event, std::string_view payload, Verdict& verdict,
              std::uint32_t passed) {
  verdict.code = ErrorCode::ok;
  verdict.offset = 0;
  verdict.path_length = verdict.argument_length = 0;
  Validation(catalogue.bytes().data(), payload, verdict, passed).run(catalogue.event(event).schema);
}

namespace {

/// Whether there is a byte below a space, as all white space of JSON but the space is; looked for eight at a time.
bool has_control(std::span<const char> text) {
  constexpr std::uint64_t kEach = 0x0101010101010101, kSpaces = 0x20 * kEach, kHighBits = 0x80 * kEach;
  std::uint64_t word = 0;
  for (; text.size() >= sizeof word; text = text.subspan(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    if ((word - kSpaces) & ~word & kHighBits) return true;
  }
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

}  // namespace

void make_single_line(std::span<char> payload) {
  if (!has_control(payload)) return;
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
