// One pass over at most header_bytes_max bytes, from the beginning each time: within that bound, repeating is cheap.
#include "server/http/request/http_head.hpp"

#include <cstdint>
#include <cstring>

namespace dialogue::http {
namespace {

constexpr HttpHead malformed(std::string_view reason) { return {.status = 400, .reason = reason}; }

/// The target is what is too long when the request line alone has not ended yet.
HttpHead too_large(std::string_view received) {
  if (received.find('\n') == std::string_view::npos) return {.status = 414, .reason = "The request target is too long."};
  return {.status = 431, .reason = "The request header is too large."};
}

/// Whether one of eight bytes is a control character. May take a byte behind one that is for one, too.
bool has_control(const char* bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighBits = 0x8080808080808080;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const std::uint64_t deleted = word ^ kOnes * 0x7f;  // 0 where a byte is DEL
  return (((word - kOnes * 0x20) & ~word) | ((deleted - kOnes) & ~deleted)) & kHighBits;
}

/// Where the next control character may stand, from `i` on; there is none before it.
std::size_t after_plain(std::string_view text, std::size_t i) {
  while (text.size() - i >= sizeof(std::uint64_t) && !has_control(text.data() + i)) i += sizeof(std::uint64_t);
  return i;
}

}  // namespace

HttpHead find_head(std::string_view received, const HttpLimits& limits) {
  const std::string_view window = received.substr(0, limits.header_bytes_max);
  std::size_t lines = 0, line_start = 0;
  for (std::size_t i = after_plain(window, 0); i < window.size(); i = after_plain(window, i + 1)) {
    const char c = window[i];
    if (c == '\n') {
      if (i == 0 || window[i - 1] != '\r') return malformed("A line ends without CR.");
      if (i - line_start == 1) return lines == 0 ? malformed("The request line is empty.") : HttpHead{.size = i + 1};
      if (lines > 0 && (window[line_start] == ' ' || window[line_start] == '\t')) return malformed("A header field is folded.");
      if (++lines > limits.header_fields_max + 1) return {.status = 431, .reason = "The request has too many header fields."};
      line_start = i + 1;
    } else if (c == '\r') {
      if (i + 1 < window.size() && window[i + 1] != '\n') return malformed("A CR is not followed by LF.");
    } else if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) {
      return malformed("The header contains a control character.");
    }
  }
  if (received.size() >= limits.header_bytes_max) return too_large(window);
  return {};
}

}  // namespace dialogue::http
