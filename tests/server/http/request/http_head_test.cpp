// Where a head ends and what is refused, against the rules read byte by byte: the product's scan goes by words.
#include "server/http/request/http_head.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>

namespace dialogue::http {
namespace {

/// The same rules, in the slowest way.
HttpHead plain_head(std::string_view text) {
  std::size_t lines = 0, line_start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i], before = i > 0 ? text[i - 1] : ' ';
    if (c != '\n' && before == '\r') return {.status = 400, .reason = "A CR is not followed by LF."};
    if (c == '\n') {
      if (before != '\r') return {.status = 400, .reason = "A line ends without CR."};
      const bool is_empty = i - line_start == 1, is_folded = text[line_start] == ' ' || text[line_start] == '\t';
      if (is_empty && lines == 0) return {.status = 400, .reason = "The request line is empty."};
      if (is_empty) return {.size = i + 1};
      if (lines > 0 && is_folded) return {.status = 400, .reason = "A header field is folded."};
      ++lines;
      line_start = i + 1;
      continue;
    }
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (is_control && c != '\r' && c != '\t') return {.status = 400, .reason = "The header contains a control character."};
  }
  return {};
}

void check_same(const std::string& text) {
  INFO(text);
  const HttpHead head = find_head(text, HttpLimits{}), plain = plain_head(text);
  REQUIRE(head.size == plain.size);
  REQUIRE(head.status == plain.status);
  REQUIRE(head.reason == plain.reason);
}

const std::string kHead = "GET /chat?x=\xc3\xa4 HTTP/1.1\r\nHost: localhost\r\nAccept:\tall\r\nX-Long: 0123456789abcdef\r\n\r\n";

}  // namespace

TEST_CASE("every byte at every place of a head gets the verdict of the plain rules, and so does every beginning of it") {
  REQUIRE(find_head(kHead, HttpLimits{}).size == kHead.size());
  for (std::size_t place = 0; place < kHead.size(); ++place) {
    check_same(kHead.substr(0, place));
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = kHead;
      changed[place] = static_cast<char>(byte);
      check_same(changed);
    }
  }
}

TEST_CASE("a byte too many or too few anywhere in a head gets the verdict of the plain rules") {
  for (std::size_t place = 0; place < kHead.size(); ++place) {
    check_same(kHead.substr(0, place) + kHead.substr(place + 1));
    for (const char more : {'\r', '\n', '\0', '\x7f', '\t', '\x80', '\xff', ' '})
      check_same(kHead.substr(0, place) + more + kHead.substr(place));
  }
}

}  // namespace dialogue::http
