// Feeds bytes to a WebSocketReader in chunks and keeps what comes out as values, so that tests can compare.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/transport/websocket/websocket_reader.hpp"

namespace dialogue::test {

using namespace transport;

struct Seen {
  WebSocketEvent::Kind kind;
  std::string payload;
  std::uint16_t close_code = 0;
  bool operator==(const Seen&) const = default;
};

inline std::vector<Seen> read_all(WebSocketReader& reader, std::string bytes, std::size_t chunk = SIZE_MAX,
                                  std::uint64_t now_ms = 0) {
  std::vector<Seen> seen;
  for (std::size_t at = 0; at < bytes.size();) {
    // Each chunk in a buffer of its own size, so that a sanitizer sees any step outside.
    std::vector<char> buffer(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                             bytes.begin() + static_cast<std::ptrdiff_t>(at + std::min(chunk, bytes.size() - at)));
    at += buffer.size();
    std::span<char> input(buffer);
    for (auto event = reader.next(input, now_ms); event.kind != WebSocketEvent::Kind::need_more;
         event = reader.next(input, now_ms))
      seen.push_back({event.kind, {event.payload.begin(), event.payload.end()}, event.close_code});
  }
  return seen;
}

inline constexpr MaskingKey kMask = {0x37, 0xfa, 0x21, 0x3d};

/// One frame as a client sends it.
inline std::string client_frame(Opcode opcode, std::string_view payload, bool final = true) {
  std::string bytes;
  append_frame(bytes, opcode, payload, final, kMask);
  return bytes;
}

/// Only the head of a frame that announces `size` bytes, in the 64-bit form.
inline std::string client_head(Opcode opcode, std::uint64_t size, bool final = true) {
  std::string bytes;
  bytes.push_back(static_cast<char>(static_cast<unsigned char>(opcode) | (final ? 0x80 : 0)));
  bytes.push_back(static_cast<char>(0x80 | 127));
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(size >> shift & 0xff));
  return bytes.append(reinterpret_cast<const char*>(kMask.data()), kMask.size());
}

}  // namespace dialogue::test
