// Text that people give and others see: names of users as they are shown, names and topics of rooms. One form for each text, so
// that equal looks are equal bytes, and nothing in it can move or hide its surroundings. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace chat {

/// The text as it is kept, or a sentence about what is wrong with it.
using TextResult = std::variant<std::string, std::string_view>;

inline constexpr std::size_t kMarksOnOneLetterMax = 4;

/// One line in NFC, trimmed, with single blanks. Refused: what is not UTF-8, control characters, marks that turn the direction of
/// writing, private and unassigned characters, more than kMarksOnOneLetterMax marks on one letter, and what cannot be seen at
/// all. `chars_max` counts code points. An empty text is allowed where `may_be_empty`.
[[nodiscard]] TextResult one_line(std::string_view raw, std::size_t chars_max, bool may_be_empty = false);

/// NFKC with case folded, for names that must differ in more than their case. Empty for text that is not UTF-8.
[[nodiscard]] std::string folded(std::string_view text);

/// NFKC without folding, for passwords: the same keys on another keyboard are the same password. Empty for invalid UTF-8.
[[nodiscard]] std::string compatible(std::string_view text);

/// Whether anything in a message can be seen: it is not blanks and invisible characters alone.
[[nodiscard]] bool has_visible(std::string_view text);

/// Whether the text is one emoji: pictures and what modifies them, at most 16 code points.
[[nodiscard]] bool is_emoji(std::string_view text);

}  // namespace chat
