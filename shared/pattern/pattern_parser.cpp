// Recursive descent over the code points of a pattern; what is outside the subset is reported with its place.
#include "shared/pattern/pattern_parser.hpp"

#include <algorithm>

#include "shared/base/utf8.hpp"
#include "shared/json/json_scanner.hpp"

namespace dialogue {
namespace {

constexpr std::uint32_t kCodePointMax = 0x10FFFF;
constexpr int kGroupDepthMax = 32;
constexpr std::uint32_t kRepeatMax = 1000;  // larger ones could not fit a program anyway

const CodePointRanges kDigits = {{'0', '9'}};
const CodePointRanges kWordCharacters = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
/// ECMA-262 WhiteSpace and LineTerminator.
const CodePointRanges kSpaces = {{0x09, 0x0D},     {0x20, 0x20},     {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
                                 {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
const CodePointRanges kLineTerminators = {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};

void normalize(CodePointRanges& ranges) {
  std::sort(ranges.begin(), ranges.end());
  CodePointRanges merged;
  for (const auto& range : ranges) {
    if (!merged.empty() && range.first <= merged.back().second + 1)
      merged.back().second = std::max(merged.back().second, range.second);
    else
      merged.push_back(range);
  }
  ranges = std::move(merged);
}

CodePointRanges complement(CodePointRanges ranges) {
  normalize(ranges);
  CodePointRanges rest;
  std::uint32_t from = 0;
  for (const auto& [first, last] : ranges) {
    if (first > from) rest.emplace_back(from, first - 1);
    from = last + 1;
  }
  if (from <= kCodePointMax) rest.emplace_back(from, kCodePointMax);
  return rest;
}

PatternNode characters(CodePointRanges ranges) {
  PatternNode node;
  node.kind = PatternNode::Kind::characters;
  normalize(ranges);
  node.ranges = std::move(ranges);
  return node;
}

bool contains(std::string_view set, std::int32_t c) { return c > 0 && c < 0x80 && set.find(static_cast<char>(c)) != set.npos; }

}  // namespace

PatternParser::PatternParser(std::string_view text) {
  if (!is_utf8(text)) {
    fail("is not valid UTF-8.");
    return;
  }
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::int32_t value = length == 1 ? lead : lead & (0x7F >> length);
    for (std::size_t k = 1; k < length; ++k) value = value << 6 | (text[i + k] & 0x3F);
    code_points_.push_back(value);
    offsets_.push_back(i);
    i += length;
  }
  offsets_.push_back(text.size());
}

std::optional<PatternNode> PatternParser::parse() {
  PatternNode tree;
  if (!fault_.empty() || !choice(tree)) return std::nullopt;
  if (next() == ')') fail("has a `)` without its `(`.");
  return fault_.empty() ? std::optional(std::move(tree)) : std::nullopt;
}

bool PatternParser::accept(char c) {
  if (next() != c) return false;
  ++at_;
  return true;
}

bool PatternParser::fail(std::string message) {
  fault_ = std::move(message);
  fault_offset_ = offsets_.empty() ? 0 : offsets_[at_];
  return false;
}

bool PatternParser::choice(PatternNode& out) {
  out.kind = PatternNode::Kind::choice;
  do {
    if (!sequence(out.children.emplace_back())) return false;
  } while (accept('|'));
  return true;
}

bool PatternParser::sequence(PatternNode& out) {
  while (next() >= 0 && next() != '|' && next() != ')') {
    PatternNode node;
    if (!term(node) || !quantifier(node)) return false;
    out.children.push_back(std::move(node));
  }
  return true;
}

bool PatternParser::term(PatternNode& out) {
  if (contains("*+?{", next())) return fail("has nothing to repeat here.");
  if (contains("]}", next())) return fail("has a bracket without its partner; escape it with a backslash.");
  if (accept('(')) return group(out);
  if (accept('[')) return character_class(out);
  if (accept('^')) {
    out.kind = PatternNode::Kind::begin;
    return true;
  }
  if (accept('$')) {
    out.kind = PatternNode::Kind::end;
    return true;
  }
  CodePointRanges ranges;
  bool is_set = false;
  if (accept('.')) {
    ranges = complement(kLineTerminators);
  } else if (accept('\\')) {
    if (!escape(ranges, is_set, false)) return false;
  } else {
    ranges.emplace_back(next(), next());
    ++at_;
  }
  out = characters(std::move(ranges));
  return true;
}

bool PatternParser::group(PatternNode& out) {
  if (accept('?') && !accept(':')) return fail("uses look-around or a named group, which are not supported.");
  if (++depth_ > kGroupDepthMax) return fail("nests groups too deeply.");
  if (!choice(out)) return false;
  --depth_;
  return accept(')') || fail("has a `(` without its `)`.");
}

bool PatternParser::quantifier(PatternNode& out) {
  std::uint32_t min = 0;
  std::optional<std::uint32_t> max;
  if (accept('?')) {
    max = 1;
  } else if (accept('+')) {
    min = 1;
  } else if (accept('{')) {
    if (!bounds(min, max)) return false;
  } else if (!accept('*')) {
    return true;
  }
  if (out.kind == PatternNode::Kind::begin || out.kind == PatternNode::Kind::end) return fail("repeats `^` or `$`.");
  accept('?');  // a lazy quantifier finds the same strings
  if (contains("*+?{", next())) return fail("repeats a repetition; put it into a group.");
  PatternNode repeat;
  repeat.kind = PatternNode::Kind::repeat;
  repeat.min = min;
  repeat.max = max;
  repeat.children.push_back(std::move(out));
  out = std::move(repeat);
  return true;
}

bool PatternParser::number(std::uint32_t& out) {
  if (next() < '0' || next() > '9') return fail("needs a number here.");
  for (out = 0; next() >= '0' && next() <= '9'; ++at_) {
    out = out * 10 + static_cast<std::uint32_t>(next() - '0');
    if (out > kRepeatMax) return fail("repeats more than 1000 times.");
  }
  return true;
}

bool PatternParser::bounds(std::uint32_t& min, std::optional<std::uint32_t>& max) {
  if (!number(min)) return false;
  max = min;
  if (accept(',')) {
    max.reset();
    if (next() != '}' && !number(max.emplace())) return false;
  }
  if (!accept('}')) return fail("has a `{` without its `}`; escape a literal one with a backslash.");
  return !max || *max >= min || fail("has a minimum repetition above its maximum.");
}

bool PatternParser::character_class(PatternNode& out) {
  const bool negated = accept('^');
  CodePointRanges ranges;
  while (!accept(']')) {
    if (next() < 0) return fail("has a `[` without its `]`.");
    CodePointRanges member;
    bool is_set = false;
    if (!class_member(member, is_set)) return false;
    const bool is_range = next() == '-' && at_ + 1 < code_points_.size() && code_points_[at_ + 1] != ']';
    if (is_range) {
      ++at_;
      CodePointRanges last;
      bool last_is_set = false;
      if (!class_member(last, last_is_set)) return false;
      if (is_set || last_is_set) return fail("has a range between classes.");
      if (last[0].first < member[0].first) return fail("has a range whose ends are in the wrong order.");
      member[0].second = last[0].first;
    }
    ranges.insert(ranges.end(), member.begin(), member.end());
  }
  out = characters(negated ? complement(std::move(ranges)) : std::move(ranges));
  return true;
}

bool PatternParser::class_member(CodePointRanges& out, bool& is_set) {
  if (next() < 0) return fail("has a `[` without its `]`.");
  if (accept('\\')) return escape(out, is_set, true);
  out.emplace_back(next(), next());
  ++at_;
  return true;
}

bool PatternParser::escape(CodePointRanges& out, bool& is_set, bool in_class) {
  const std::int32_t c = next();
  if (c < 0) return fail("ends in a backslash.");
  ++at_;
  is_set = contains("dDwWsS", c);
  switch (c) {
    case 'd':
      out = kDigits;
      return true;
    case 'D':
      out = complement(kDigits);
      return true;
    case 'w':
      out = kWordCharacters;
      return true;
    case 'W':
      out = complement(kWordCharacters);
      return true;
    case 's':
      out = kSpaces;
      return true;
    case 'S':
      out = complement(kSpaces);
      return true;
    case 't':
      out = {{'\t', '\t'}};
      return true;
    case 'n':
      out = {{'\n', '\n'}};
      return true;
    case 'v':
      out = {{'\v', '\v'}};
      return true;
    case 'f':
      out = {{'\f', '\f'}};
      return true;
    case 'r':
      out = {{'\r', '\r'}};
      return true;
    case 'x':
      return hexadecimal(out, 2);
    case 'u':
      return hexadecimal(out, 4);
    default:
      break;
  }
  if (contains("^$\\.*+?()[]{}|/", c) || (in_class && c == '-')) {
    out.emplace_back(c, c);
    return true;
  }
  --at_;
  return fail("has an escape that is not supported.");
}

/// Reads the digits of `\xHH`, `\uHHHH` or `\u{H...}`, after the letter.
bool PatternParser::hexadecimal(CodePointRanges& out, int digits) {
  const bool braces = digits == 4 && accept('{');
  std::uint32_t value = 0;
  int count = 0;
  for (; (braces || count < digits) && contains("0123456789abcdefABCDEF", next()) && value <= kCodePointMax; ++at_, ++count) {
    const auto c = static_cast<std::uint32_t>(next());
    value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  if (braces ? count == 0 || !accept('}') : count != digits) return fail("has a hexadecimal escape without its digits.");
  if (value > kCodePointMax || (value >= 0xD800 && value <= 0xDFFF))
    return fail("has an escape that is not a Unicode character.");
  out.emplace_back(value, value);
  return true;
}

}  // namespace dialogue
