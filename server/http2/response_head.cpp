// It reads what response_head() of server/http writes, so it is strict: what else comes is a fault of ours, and ends the stream.
#include "server/http2/response_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "shared/base/lower_case.hpp"

namespace dialogue::http2 {
namespace {

constexpr std::string_view kVersion = "HTTP/1.1 ", kLineEnd = "\r\n";
constexpr std::size_t kStatusDigits = 3;
// RFC 9113 section 8.2.2.
constexpr std::array<std::string_view, 5> kOfConnection = {"connection", "keep-alive", "proxy-connection", "transfer-encoding",
                                                           "upgrade"};

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool read_status_line(std::string_view line, ResponseHead& head) {
  if (!line.starts_with(kVersion)) return false;
  return read_number(line.substr(kVersion.size(), kStatusDigits), head.status) && head.status >= 100;
}

bool read_field(std::string_view line, ResponseHead& head) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos || colon == 0) return false;
  std::string name = lower_case(line.substr(0, colon));
  const std::string_view value = line.substr(colon + 2);
  if (std::find(kOfConnection.begin(), kOfConnection.end(), name) != kOfConnection.end()) return true;
  if (name == "content-length") {
    std::uint64_t length = 0;
    if (!read_number(value, length)) return false;
    head.length = length;
  }
  head.fields.emplace_back(std::move(name), value);
  return true;
}

}  // namespace

std::optional<ResponseHead> read_response_head(std::string_view text) {
  ResponseHead head;
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return head;
  std::string_view rest = text.substr(0, end + kLineEnd.size());
  for (bool is_first = true; !rest.empty(); is_first = false) {
    const std::size_t size = rest.find(kLineEnd);
    const std::string_view line = rest.substr(0, size);
    if (!(is_first ? read_status_line(line, head) : read_field(line, head))) return std::nullopt;
    rest.remove_prefix(size + kLineEnd.size());
  }
  head.size = end + 2 * kLineEnd.size();
  return head;
}

}  // namespace dialogue::http2
