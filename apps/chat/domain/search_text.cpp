// See search_text.hpp.
#include "apps/chat/domain/search_text.hpp"

#include <utf8proc.h>

#include <sstream>

namespace chat {
namespace {

bool has_no_blanks(utf8proc_int32_t point) {
  return (point >= 0x0E00 && point <= 0x0EFF) || (point >= 0x3040 && point <= 0x30FF) || (point >= 0x3400 && point <= 0x4DBF) ||
         (point >= 0x4E00 && point <= 0x9FFF) || (point >= 0xF900 && point <= 0xFAFF) || (point >= 0x20000 && point <= 0x3FFFF);
}

bool is_word_part(utf8proc_int32_t point) {
  const auto category = utf8proc_category(point);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

/// Calls `take` with each code point and its bytes; ends at what is not UTF-8.
template <typename Take>
void each_point(std::string_view text, Take take) {
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t point = -1;
    const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                        static_cast<utf8proc_ssize_t>(text.size() - at), &point);
    if (bytes <= 0) return;
    take(point, text.substr(at, static_cast<std::size_t>(bytes)));
    at += static_cast<std::size_t>(bytes);
  }
}

}  // namespace

std::string indexable(std::string_view text) {
  std::string result;
  each_point(text, [&](utf8proc_int32_t point, std::string_view bytes) {
    const bool is_apart = has_no_blanks(point);
    if (is_apart) result += ' ';
    result += bytes;
    if (is_apart) result += ' ';
  });
  return result;
}

std::string match_of(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string word, match;
  for (std::size_t count = 0; count < kSearchWordsMax && words >> word;) {
    std::string kept;
    each_point(word, [&](utf8proc_int32_t point, std::string_view bytes) {
      if (is_word_part(point))
        kept += bytes;
      else
        kept += ' ';
    });
    if (kept.find_first_not_of(' ') == std::string::npos) continue;
    match += (match.empty() ? "\"" : " \"") + indexable(kept) + "\"*";
    ++count;
  }
  return match;
}

}  // namespace chat
