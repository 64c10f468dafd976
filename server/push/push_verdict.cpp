// See push_verdict.hpp.
#include "server/push/push_verdict.hpp"

#include <charconv>
#include <ctime>
#include <system_error>

#include "shared/base/printable.hpp"

namespace dialogue::push {
namespace {

constexpr std::size_t kShownBytesMax = 160, kShownWordBytesMax = 32;

}  // namespace

std::uint64_t retry_after_s(std::string_view field, std::uint64_t now_s) {
  std::uint64_t seconds = 0;
  const auto [end, fault] = std::from_chars(field.data(), field.data() + field.size(), seconds);
  if (fault == std::errc{} && end == field.data() + field.size()) return seconds;
  tm date{};
  const std::string text(field);
  if (::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date) == nullptr) return 0;
  const time_t at_s = ::timegm(&date);
  return at_s > 0 && static_cast<std::uint64_t>(at_s) > now_s ? static_cast<std::uint64_t>(at_s) - now_s : 0;
}

std::string shown_answer(std::string_view body) {
  std::string shown, word;
  const auto end_word = [&] {
    shown += word.size() > kShownWordBytesMax ? "…" : word;
    word.clear();
  };
  for (const char c : body.substr(0, 4 * kShownBytesMax)) {
    const bool is_end = c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '"' || c == ',' || c == '<' || c == '>';
    if (!is_end) {
      word += c;
      continue;
    }
    end_word();
    shown += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  }
  end_word();
  if (shown.size() > kShownBytesMax) {
    std::size_t cut = kShownBytesMax;
    while (cut > 0 && (static_cast<unsigned char>(shown[cut]) & 0xc0U) == 0x80U) --cut;
    shown.resize(cut);
  }
  return printable(shown);
}

}  // namespace dialogue::push
