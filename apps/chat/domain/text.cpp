// Normal forms and categories of characters come from utf8proc.
#include "apps/chat/domain/text.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <vector>

namespace chat {
namespace {

constexpr std::string_view kNotText = "is not valid UTF-8";
constexpr std::string_view kEmpty = "is empty";
constexpr std::string_view kTooLong = "is too long";
constexpr std::string_view kControl = "has a control character";
constexpr std::string_view kDirection = "has a mark that turns the direction of writing";
constexpr std::string_view kUnassigned = "has a character without a meaning";
constexpr std::string_view kMarks = "has too many marks on one letter";
constexpr std::string_view kInvisible = "has nothing that can be seen";

std::string mapped(std::string_view text, int options) {
  utf8proc_uint8_t* result = nullptr;
  const auto bytes = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                  static_cast<utf8proc_ssize_t>(text.size()), &result, static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(result, &std::free);
  return bytes <= 0 ? std::string() : std::string(reinterpret_cast<const char*>(result), static_cast<std::size_t>(bytes));
}

/// Appends the code points of a text. Returns false if the text is not UTF-8.
bool read_code_points(std::string_view text, std::vector<utf8proc_int32_t>& into) {
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t point = -1;
    const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                        static_cast<utf8proc_ssize_t>(text.size() - at), &point);
    if (bytes <= 0) return false;
    into.push_back(point);
    at += static_cast<std::size_t>(bytes);
  }
  return true;
}

bool turns_direction(utf8proc_int32_t point) {
  return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) || point == 0x200E || point == 0x200F ||
         point == 0x061C;
}

bool is_mark(utf8proc_category_t category) {
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME || category == UTF8PROC_CATEGORY_MC;
}

/// Letters that are drawn as nothing, although their category says otherwise.
bool is_blank_letter(utf8proc_int32_t point) {
  return point == 0x115F || point == 0x1160 || point == 0x3164 || point == 0xFFA0 || point == 0x2800;
}

bool is_visible(utf8proc_int32_t point, utf8proc_category_t category) {
  switch (category) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
      return false;
    default:
      return !is_mark(category) && !is_blank_letter(point);
  }
}

/// What is wrong with these characters; empty: nothing.
std::string_view fault_in(const std::vector<utf8proc_int32_t>& points) {
  std::size_t marks = 0;
  bool is_seen = false;
  for (const auto point : points) {
    const auto category = utf8proc_category(point);
    marks = is_mark(category) ? marks + 1 : 0;
    is_seen = is_seen || is_visible(point, category);
    if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP) return kControl;
    if (turns_direction(point)) return kDirection;
    if (category == UTF8PROC_CATEGORY_CN || category == UTF8PROC_CATEGORY_CO || category == UTF8PROC_CATEGORY_CS)
      return kUnassigned;
    if (marks > kMarksOnOneLetterMax) return kMarks;
  }
  return is_seen ? std::string_view() : kInvisible;
}

/// Without blanks at the ends, and with single ones between words.
std::string trimmed(std::string_view text) {
  std::string result;
  bool is_blank_due = false;
  for (const char each : text) {
    if (each == ' ') {
      is_blank_due = !result.empty();
      continue;
    }
    if (is_blank_due) result += ' ';
    is_blank_due = false;
    result += each;
  }
  return result;
}

}  // namespace

TextResult one_line(std::string_view raw, std::size_t chars_max, bool may_be_empty) {
  std::vector<utf8proc_int32_t> points;
  if (!read_code_points(raw, points)) return kNotText;
  const std::string text = trimmed(mapped(raw, UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  points.clear();
  if (!read_code_points(text, points)) return kNotText;
  if (points.empty()) {
    if (may_be_empty) return text;
    return kEmpty;
  }
  if (const auto fault = fault_in(points); !fault.empty()) return fault;
  if (points.size() > chars_max) return kTooLong;
  return text;
}

std::string folded(std::string_view text) {
  return mapped(text, UTF8PROC_COMPOSE | UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
}

std::string compatible(std::string_view text) { return mapped(text, UTF8PROC_COMPOSE | UTF8PROC_STABLE | UTF8PROC_COMPAT); }

bool has_visible(std::string_view text) {
  std::vector<utf8proc_int32_t> points;
  if (!read_code_points(text, points)) return false;
  for (const auto point : points)
    if (is_visible(point, utf8proc_category(point))) return true;
  return false;
}

bool is_emoji(std::string_view text) {
  constexpr std::size_t kPointsMax = 16;
  std::vector<utf8proc_int32_t> points;
  if (!read_code_points(text, points) || points.empty() || points.size() > kPointsMax) return false;
  bool has_picture = false;
  utf8proc_int32_t before = 0, state = 0;
  for (const auto point : points) {
    const auto category = utf8proc_category(point);
    const bool is_picture =
        category == UTF8PROC_CATEGORY_SO || (point >= 0x203C && point <= 0x3299 && category != UTF8PROC_CATEGORY_LO);
    const bool is_modifier = category == UTF8PROC_CATEGORY_SK || category == UTF8PROC_CATEGORY_MN ||
                             category == UTF8PROC_CATEGORY_ME || point == 0x200D || (point >= 0xE0020 && point <= 0xE007F) ||
                             (before == 0 && point < 0x80 && points.size() > 1);
    if (point < 0x80 && !(points.size() > 1 && points.back() == 0x20E3 && before == 0)) return false;
    if (!is_picture && !is_modifier) return false;
    if (before != 0 && utf8proc_grapheme_break_stateful(before, point, &state)) return false;
    has_picture = has_picture || is_picture || point == 0x20E3;
    before = point;
  }
  return has_picture;
}

}  // namespace chat
