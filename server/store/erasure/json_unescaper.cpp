// See json_unescaper.hpp.
#include "server/store/erasure/json_unescaper.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "shared/json/json_scanner.hpp"

namespace dialogue::store {
namespace {

constexpr std::size_t kLongestEscape = 12;  // two halves of a character

/// Whether `text`, which begins with a backslash and with no escape, may with more bytes.
bool may_go_on(std::string_view text) { return text.size() < kLongestEscape && (text.size() < 2 || text[1] == 'u'); }

}  // namespace

void JsonUnescaper::add(std::string_view bytes, std::string& text) {
  const std::string all = std::exchange(kept_, {}).append(bytes);
  std::size_t at = 0;
  while (at < all.size()) {
    const std::size_t next = std::min(all.find('\\', at), all.size());
    text.append(all, at, next - at);
    if ((at = next) == all.size()) return;
    const std::string_view rest = std::string_view(all).substr(at);
    JsonCursor cursor{rest.data(), rest.data() + rest.size()};
    if (const std::int32_t code_point = next_code_point(cursor); code_point >= 0) {
      std::array<char, 4> utf8{};
      text.append(utf8.data(), encode_utf8(code_point, utf8.data()));
      at += static_cast<std::size_t>(cursor.at - rest.data());
    } else if (may_go_on(rest)) {
      kept_ = rest;
      return;
    } else {
      text += all[at++];
    }
  }
}

}  // namespace dialogue::store
