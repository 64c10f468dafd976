// One pass over at most header_bytes_max bytes, from the beginning each time: within that bound, repeating is cheap.
#include "server/net/http_head.hpp"

#include <algorithm>

namespace dialogue {
namespace {

constexpr HttpHead malformed(std::string_view reason) { return {.status = 400, .reason = reason}; }

/// The target is what is too long when the request line alone has not ended yet.
HttpHead too_large(std::string_view received) {
  if (received.find('\n') == std::string_view::npos) return {.status = 414, .reason = "The request target is too long."};
  return {.status = 431, .reason = "The request header is too large."};
}

}  // namespace

HttpHead find_head(std::string_view received, const HttpLimits& limits) {
  const std::string_view window = received.substr(0, limits.header_bytes_max);
  std::size_t lines = 0, line_start = 0;
  for (std::size_t i = 0; i < window.size(); ++i) {
    const char c = window[i];
    if (c == '\n') {
      if (i == 0 || window[i - 1] != '\r') return malformed("A line ends without CR.");
      if (i - line_start == 1) return lines == 0 ? malformed("The request line is empty.") : HttpHead{.size = i + 1};
      if (lines > 0 && (window[line_start] == ' ' || window[line_start] == '\t')) return malformed("A header field is folded.");
      if (++lines > limits.header_fields_max + 1) return {.status = 431, .reason = "The request has too many header fields."};
      line_start = i + 1;
    } else if (i > 0 && window[i - 1] == '\r') {
      return malformed("A CR stands alone.");
    } else if ((static_cast<unsigned char>(c) < 0x20 && c != '\r' && c != '\t') || c == 0x7f) {
      return malformed("The header holds a control character.");
    }
  }
  if (received.size() >= limits.header_bytes_max) return too_large(window);
  return {};
}

}  // namespace dialogue
