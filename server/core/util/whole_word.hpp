// Whether a text has a word, such as a user's id in "inbox-ann": what an erasure looks for in names and sentences. Pure.
#pragma once
#include <cstddef>
#include <string_view>

namespace dialogue::core {

/// Whether `c` is a letter, a digit, or a byte beyond ASCII.
[[nodiscard]] constexpr bool is_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

/// Whether `word` occurs in `text` without a letter or digit beside it. An empty word occurs nowhere.
[[nodiscard]] constexpr bool has_word(std::string_view text, std::string_view word) {
  if (word.empty()) return false;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_of_word(text[at - 1])) && (end == text.size() || !is_of_word(text[end]))) return true;
  }
  return false;
}

/// Whether a room's name has the user's id as a word. A room that is called exactly so is not named after the user.
[[nodiscard]] constexpr bool is_room_naming(std::string_view room, std::string_view user_id) {
  return room != user_id && has_word(room, user_id);
}

}  // namespace dialogue::core
