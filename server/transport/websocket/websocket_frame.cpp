// RFC 6455 section 5, in bytes.
#include "server/transport/websocket/websocket_frame.hpp"

#include <algorithm>
#include <cstring>

namespace dialogue::transport {
namespace {

constexpr unsigned char kFinalBit = 0x80, kMaskBit = 0x80;
constexpr std::uint64_t kLengthIn7BitsMax = 125, kLengthIn16BitsMax = 65535;

}  // namespace

void apply_mask(std::span<char> bytes, MaskingKey& key) {
  std::array<unsigned char, 8> twice;
  for (std::size_t i = 0; i < twice.size(); ++i) twice[i] = key[i % key.size()];
  std::uint64_t wide_key;
  std::memcpy(&wide_key, twice.data(), sizeof wide_key);

  std::size_t i = 0;
  for (; i + sizeof wide_key <= bytes.size(); i += sizeof wide_key) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    word ^= wide_key;
    std::memcpy(bytes.data() + i, &word, sizeof word);
  }
  for (; i < bytes.size(); ++i) bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ key[i % key.size()]);
  std::rotate(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(bytes.size() % key.size()), key.end());
}

std::size_t write_frame_head(std::span<unsigned char, kFrameHeadBytesMax> out, Opcode opcode, std::uint64_t payload_size,
                             bool final, std::optional<MaskingKey> mask) {
  std::size_t size = 0;
  const auto put_length = [&](std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) out[size++] = static_cast<unsigned char>(payload_size >> (8 * i));
  };
  const unsigned char mask_bit = mask ? kMaskBit : 0;
  out[size++] = static_cast<unsigned char>(static_cast<unsigned char>(opcode) | (final ? kFinalBit : 0));
  if (payload_size <= kLengthIn7BitsMax) {
    out[size++] = static_cast<unsigned char>(payload_size | mask_bit);
  } else if (payload_size <= kLengthIn16BitsMax) {
    out[size++] = 126 | mask_bit;
    put_length(2);
  } else {
    out[size++] = 127 | mask_bit;
    put_length(8);
  }
  if (mask)
    for (const unsigned char byte : *mask) out[size++] = byte;
  return size;
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload, bool final, std::optional<MaskingKey> mask) {
  std::array<unsigned char, kFrameHeadBytesMax> head;
  const std::size_t head_size = write_frame_head(head, opcode, payload.size(), final, mask);
  out.append(reinterpret_cast<const char*>(head.data()), head_size);
  const std::size_t start = out.size();
  out.append(payload);
  if (mask) apply_mask(std::span(out).subspan(start), *mask);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string payload;
  if (code == close_code::kNoStatus) return payload;
  payload.push_back(static_cast<char>(code >> 8));
  payload.push_back(static_cast<char>(code & 0xff));
  const std::size_t room = kControlPayloadBytesMax - payload.size();
  if (reason.size() > room) {
    std::size_t end = room;
    const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(reason[at]) & 0xc0) == 0x80; };
    while (end > 0 && continues(end)) --end;
    reason = reason.substr(0, end);
  }
  return payload.append(reason);
}

bool is_close_code(std::uint16_t code) {
  // 1004 to 1006 and 1015 must not be sent; 1012 to 1014 were registered after the RFC; 5000 and above are undefined.
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace dialogue::transport
