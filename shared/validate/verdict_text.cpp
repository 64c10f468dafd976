// Paths are written when a fault is found, from the links that the recursion left on the stack.
#include "shared/validate/verdict_text.hpp"

namespace dialogue {
using namespace std::string_view_literals;  // no strlen in the client

namespace {

bool is_identifier(const JsonString& key) {
  JsonCursor content{key.begin, key.end};
  for (bool first = true;; first = false) {
    const std::int32_t c = next_code_point(content);
    if (c < 0) return !first;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
    if (!letter && (first || c < '0' || c > '9')) return false;
  }
}

/// Bytes of the UTF-8 character that begins here; 1 for any other byte.
std::size_t character_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return size <= text.size() ? size : 1;
}

}  // namespace

void VerdictText::add_character(const char* bytes, std::size_t count) {
  constexpr std::string_view kCut = "...";
  if (full_) return;
  if (length_ + count > bytes_.size() - kCut.size()) {
    full_ = true;
    bytes = kCut.data();
    count = kCut.size();
  }
  for (std::size_t i = 0; i < count; ++i) bytes_[length_++] = bytes[i];
}

void VerdictText::add(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    add_character(text.data(), size);
    text.remove_prefix(size);
  }
}

void VerdictText::add_number(std::uint32_t value) {
  char digits[10];
  std::size_t at = sizeof digits;
  do {
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  add({digits + at, sizeof digits - at});
}

void VerdictText::add_path(const ValuePlace& place) {
  const ValuePlace* steps[kJsonDepthMax + 1];
  std::size_t count = 0;
  for (const ValuePlace* step = &place; step->parent != nullptr && count <= kJsonDepthMax; step = step->parent)
    steps[count++] = step;
  add("$"sv);
  while (count > 0) add_step(*steps[--count]);
}

void VerdictText::add_step(const ValuePlace& place) {
  if (!place.is_key) {
    add("["sv);
    add_number(place.index);
    add("]"sv);
  } else if (is_identifier(place.key)) {
    add("."sv);
    add_string(place.key);
  } else {
    add("[\""sv);
    add(place.key.raw());
    add("\"]"sv);
  }
}

void VerdictText::add_string(const JsonString& string) {
  JsonCursor content{string.begin, string.end};
  for (std::int32_t c = next_code_point(content); c >= 0; c = next_code_point(content)) {
    char bytes[4];
    add_character(bytes, encode_utf8(c, bytes));
  }
}

}  // namespace dialogue
