// See json_unescaper.hpp.
#include "server/store/erasure/json_unescaper.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "shared/json/json_scanner.hpp"

namespace dialogue::store {
namespace {

constexpr std::size_t kUnitBytes = 6;  // \u and four digits
constexpr std::string_view kShort = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
constexpr std::int32_t kHighFirst = 0xD800, kLowFirst = 0xDC00, kLowLast = 0xDFFF, kBeyondFirst = 0x10000;
constexpr int kUnitBits = 10;

/// The escape of four digits that `text` begins with.
std::optional<std::int32_t> unit_of(std::string_view text) {
  if (text.size() < kUnitBytes || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  std::int32_t unit = 0;
  for (const char c : text.substr(2, kUnitBytes - 2)) {
    constexpr std::string_view kDigits = "0123456789abcdef", kUpper = "0123456789ABCDEF";
    const std::size_t digit = std::min(kDigits.find(c), kUpper.find(c));
    if (digit == std::string_view::npos) return std::nullopt;
    unit = unit << 4 | static_cast<std::int32_t>(digit);
  }
  return unit;
}

struct Escape {
  std::size_t bytes = 0;  ///< how many it has; 0: this is none
  std::string meant{};
};

Escape character(std::int32_t point, std::size_t bytes) {
  std::array<char, 4> utf8{};
  return {bytes, std::string(utf8.data(), encode_utf8(point, utf8.data()))};
}

/// That `text` begins with.
Escape escape_of(std::string_view text) {
  if (text.size() < 2) return {};
  if (const std::size_t at = kShort.find(text[1]); at != std::string_view::npos) return {2, std::string(1, kMeant[at])};
  const auto unit = unit_of(text);
  if (!unit) return {};
  if (*unit < kHighFirst || *unit > kLowLast) return character(*unit, kUnitBytes);
  const auto low = unit_of(text.substr(kUnitBytes));
  if (*unit >= kLowFirst || !low || *low < kLowFirst || *low > kLowLast) return {};  // half a character
  return character(kBeyondFirst + ((*unit - kHighFirst) << kUnitBits) + (*low - kLowFirst), 2 * kUnitBytes);
}

/// Whether more bytes could make another escape of the text's beginning.
bool may_go_on(std::string_view text) {
  if (text.size() < 2) return true;
  return text[1] == 'u' && text.size() < 2 * kUnitBytes && (text.size() < kUnitBytes || unit_of(text).value_or(0) >= kHighFirst);
}

}  // namespace

void JsonUnescaper::add(std::string_view bytes, std::string& text) {
  const std::string all = std::exchange(kept_, {}).append(bytes);
  std::size_t at = 0;
  while (at < all.size()) {
    const std::size_t next = std::min(all.find('\\', at), all.size());
    text.append(all, at, next - at);
    if ((at = next) == all.size()) return;
    const std::string_view rest = std::string_view(all).substr(at);
    if (rest.size() < 2 * kUnitBytes && may_go_on(rest)) {
      kept_ = rest;
      return;
    }
    const Escape escape = escape_of(rest);
    text += escape.bytes > 0 ? escape.meant : std::string(1, rest[0]);
    at += std::max<std::size_t>(1, escape.bytes);
  }
}

}  // namespace dialogue::store
