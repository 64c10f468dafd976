// See proxy_header.hpp.
#include "server/net/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace dialogue::net {
namespace {

using boost::asio::ip::address;
using HeaderKind = ProxyHeader::Kind;
const ProxyHeader kMalformed{HeaderKind::malformed, 0, {}};

constexpr std::size_t kTextBytesMax = 107;
constexpr std::string_view kTextStart = "PROXY ";
constexpr std::string_view kBinaryStart("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kBinaryHeadBytes = 16, kPortsBytes = 4;

ProxyHeader at_least(std::size_t size) { return {HeaderKind::need_more, size, {}}; }

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const auto space = line.find(' ');
    words.push_back(line.substr(0, space));
    if (space == std::string_view::npos) return words;
    line.remove_prefix(space + 1);
  }
}

bool is_port(std::string_view text) {
  constexpr int kPortMax = 65'535;
  constexpr std::size_t kDigitsMax = 5;
  if (text.empty() || text.size() > kDigitsMax || (text.size() > 1 && text.front() == '0')) return false;
  return text.find_first_not_of("0123456789") == std::string_view::npos && std::stoi(std::string(text)) <= kPortMax;
}

/// "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"
ProxyHeader read_text(std::string_view bytes) {
  const auto end = bytes.substr(0, kTextBytesMax).find("\r\n");
  if (end == std::string_view::npos) return bytes.size() < kTextBytesMax ? at_least(bytes.size() + 1) : kMalformed;
  const std::vector<std::string_view> words = words_of(bytes.substr(kTextStart.size(), end - kTextStart.size()));
  ProxyHeader header{HeaderKind::whole, end + 2};
  if (words.front() == "UNKNOWN") return header;
  constexpr std::size_t kWords = 5;
  if (words.size() != kWords || !is_port(words[3]) || !is_port(words[4])) return kMalformed;
  boost::system::error_code fault;
  const bool is_v4 = words[0] == "TCP4";
  if (!is_v4 && words[0] != "TCP6") return kMalformed;
  for (const std::string_view word : {words[2], words[1]}) {
    header.client = boost::asio::ip::make_address(std::string(word), fault);
    if (fault || header.client->is_v4() != is_v4) return kMalformed;
  }
  return header;
}

template <typename Bytes>
Bytes bytes_at(std::string_view bytes, std::size_t at) {
  Bytes out;
  std::transform(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin() + static_cast<std::ptrdiff_t>(at + out.size()),
                 out.begin(), [](char byte) { return static_cast<unsigned char>(byte); });
  return out;
}

ProxyHeader read_binary(std::string_view bytes) {
  if (bytes.size() < kBinaryHeadBytes) return at_least(kBinaryHeadBytes);
  const auto head = bytes_at<std::array<unsigned char, kBinaryHeadBytes>>(bytes, 0);
  constexpr unsigned char kLocal = 0x20, kProxy = 0x21, kTcp4 = 0x11, kTcp6 = 0x21;
  const unsigned char command = head[12], family = head[13];
  const std::size_t length = std::size_t{head[14]} << 8 | head[15];
  const ProxyHeader header{HeaderKind::whole, kBinaryHeadBytes + length};
  if ((command != kLocal && command != kProxy) || header.size > kProxyHeaderBytesMax) return kMalformed;
  const bool is_v4 = family == kTcp4;
  if (command == kProxy && !is_v4 && family != kTcp6) return kMalformed;
  const std::size_t address_bytes =
      is_v4 ? sizeof(boost::asio::ip::address_v4::bytes_type) : sizeof(boost::asio::ip::address_v6::bytes_type);
  if (command == kProxy && length < 2 * address_bytes + kPortsBytes) return kMalformed;
  if (bytes.size() < header.size) return at_least(header.size);
  if (command == kLocal) return header;
  ProxyHeader found = header;
  if (is_v4)
    found.client = boost::asio::ip::address_v4(bytes_at<boost::asio::ip::address_v4::bytes_type>(bytes, kBinaryHeadBytes));
  else
    found.client = boost::asio::ip::address_v6(bytes_at<boost::asio::ip::address_v6::bytes_type>(bytes, kBinaryHeadBytes));
  return found;
}

}  // namespace

ProxyHeader read_proxy_header(std::string_view bytes) {
  const auto begins = [&](std::string_view start) {
    const std::size_t size = std::min(bytes.size(), start.size());
    return bytes.substr(0, size) == start.substr(0, size);
  };
  const bool is_binary = begins(kBinaryStart), is_text = begins(kTextStart);
  if (!is_binary && !is_text) return kMalformed;
  if (bytes.size() < kBinaryStart.size()) return at_least(kBinaryStart.size());  // no header of either kind is shorter
  return is_binary ? read_binary(bytes) : read_text(bytes);
}

}  // namespace dialogue::net
