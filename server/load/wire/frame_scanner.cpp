// RFC 6455 section 5.2, as a client reads it.
#include "server/load/wire/frame_scanner.hpp"

namespace dialogue::load {
namespace {

constexpr unsigned char kFinalBit = 0x80, kReservedBits = 0x70, kOpcodeBits = 0x0f, kMaskBit = 0x80, kLengthBits = 0x7f;
constexpr unsigned char kLengthIn16Bits = 126, kLengthIn64Bits = 127;
constexpr std::uint64_t kPayloadBytesMax = 1ULL << 30;

}  // namespace

ScannedFrame take_frame(std::string_view& bytes) {
  using Verdict = ScannedFrame::Verdict;
  if (bytes.size() < 2) return {};
  const auto at = [&](std::size_t index) { return static_cast<unsigned char>(bytes[index]); };
  if ((at(0) & kReservedBits) != 0 || (at(1) & kMaskBit) != 0) return {.verdict = Verdict::violation};
  std::uint64_t length = at(1) & kLengthBits;
  const std::size_t head = length == kLengthIn64Bits ? 10 : length == kLengthIn16Bits ? 4 : 2;
  if (bytes.size() < head) return {};
  if (head > 2) {
    length = 0;
    for (std::size_t i = 2; i < head; ++i) length = length << 8 | at(i);
  }
  if (length > kPayloadBytesMax) return {.verdict = Verdict::violation};
  if (bytes.size() - head < length) return {};
  const ScannedFrame frame{Verdict::frame, static_cast<transport::Opcode>(at(0) & kOpcodeBits), (at(0) & kFinalBit) != 0,
                           bytes.substr(head, static_cast<std::size_t>(length))};
  bytes.remove_prefix(head + static_cast<std::size_t>(length));
  return frame;
}

}  // namespace dialogue::load
