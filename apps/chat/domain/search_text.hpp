// Texts and queries as the search index takes them. Scripts without blanks between words, such as Han, kana and Thai, are indexed
// character by character, and their words are phrases. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::size_t kSearchWordsMax = 8;

/// The text with blanks around each character of such a script.
[[nodiscard]] std::string indexable(std::string_view text);

/// A query of FTS5 for messages that have all words of `text`, each at the beginning of a word. No character of it is an
/// operator. Empty: there is nothing to look for.
[[nodiscard]] std::string match_of(std::string_view text);

}  // namespace chat
