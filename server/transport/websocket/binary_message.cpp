// A message is TEXT NUL BYTES: in TEXT each string that travels raw is "SOH COUNT", and its bytes are the next COUNT of BYTES.
#include "server/transport/websocket/binary_message.hpp"

#include <charconv>
#include <cstdint>
#include <span>
#include <vector>

#include "shared/base/base64.hpp"
#include "shared/base/utf8.hpp"

namespace dialogue::transport {
namespace {

constexpr char kEndOfText = '\0', kMark = '\1';

bool is_base64_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/// Where the run of base64 that begins at `begin` ends, its padding included.
std::size_t end_of_run(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && is_base64_digit(text[end])) ++end;
  for (int padding = 0; padding < 2 && end < text.size() && text[end] == '='; ++padding) ++end;
  return end;
}

/// The bytes of the string whose content is [begin, end), where it is to travel raw.
std::optional<std::vector<std::uint8_t>> raw_bytes(std::string_view text, std::size_t begin, std::size_t end) {
  if (end - begin < kRawBase64CharsMin || end == text.size() || text[end] != '"') return std::nullopt;
  return decode_base64(text.substr(begin, end - begin));
}

/// COUNT: digits only, without needless zeros in front.
bool read_count(std::string_view digits, std::size_t& count) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return error == std::errc() && end == digits.data() + digits.size() && (digits.size() == 1 || digits.front() != '0');
}

}  // namespace

std::optional<std::string> to_binary_message(std::string_view text) {
  std::string out, raw;
  std::size_t copied = 0;
  for (std::size_t quote = text.find('"'); quote != std::string_view::npos;) {
    const std::size_t begin = quote + 1, end = end_of_run(text, begin);
    if (const auto bytes = raw_bytes(text, begin, end)) {
      out.append(text, copied, begin - copied).append(1, kMark).append(std::to_string(bytes->size()));
      raw.append(reinterpret_cast<const char*>(bytes->data()), bytes->size());
      copied = end;
    }
    quote = text.find('"', end);
  }
  if (copied == 0 || text.find_first_of({"\0\1", 2}) != std::string_view::npos) return std::nullopt;
  return out.append(text, copied).append(1, kEndOfText).append(raw);
}

ErrorCode from_binary_message(std::string_view message, std::size_t text_bytes_max, std::string& text) {
  text.clear();
  const std::size_t text_end = message.find(kEndOfText);
  if (text_end == std::string_view::npos) return ErrorCode::frame_malformed;
  std::string_view left = message.substr(0, text_end), raw = message.substr(text_end + 1);
  if (!is_utf8(left)) return ErrorCode::frame_malformed;
  for (std::size_t mark = left.find(kMark); mark != std::string_view::npos; mark = left.find(kMark)) {
    const std::size_t quote = left.find('"', mark);
    std::size_t count = 0;
    if (mark == 0 || left[mark - 1] != '"' || quote == std::string_view::npos ||
        !read_count(left.substr(mark + 1, quote - mark - 1), count) || count > raw.size())
      return ErrorCode::frame_malformed;
    if (text.size() + mark + encoded_size(count) > text_bytes_max) return ErrorCode::frame_too_large;
    text.append(left.substr(0, mark)).append(encode_base64({reinterpret_cast<const std::uint8_t*>(raw.data()), count}));
    left.remove_prefix(quote);
    raw.remove_prefix(count);
  }
  if (!raw.empty()) return ErrorCode::frame_malformed;
  if (text.size() + left.size() > text_bytes_max) return ErrorCode::frame_too_large;
  text.append(left);
  return ErrorCode::ok;
}

}  // namespace dialogue::transport
