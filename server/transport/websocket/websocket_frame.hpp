// The parts of RFC 6455 that reader and writer share: opcodes, close codes, masking, and how a frame is put into bytes.
// Pure functions; safe from any thread.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dialogue::transport {

/// Section 5.2. The other values are reserved.
enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Section 7.4.1, as far as we send them.
namespace close_code {
inline constexpr std::uint16_t kNormal = 1000;
inline constexpr std::uint16_t kGoingAway = 1001;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kUnsupportedData = 1003;
inline constexpr std::uint16_t kNoStatus = 1005;  ///< never on the wire: the peer's Close gave no code
inline constexpr std::uint16_t kInvalidText = 1007;
inline constexpr std::uint16_t kPolicyViolation = 1008;
inline constexpr std::uint16_t kTooLarge = 1009;
}  // namespace close_code

inline constexpr std::size_t kControlPayloadBytesMax = 125;  ///< section 5.5
inline constexpr std::size_t kFrameHeadBytesMax = 14;        ///< section 5.2: 2, up to 8 of length, 4 of masking key

using MaskingKey = std::array<unsigned char, 4>;

/// Masks or unmasks in place (section 5.3) and turns the key, so that the next call continues where this one stopped.
void apply_mask(std::span<char> bytes, MaskingKey& key);

/// Writes a frame's head for `payload_size` bytes and returns its length; `mask` is the client's.
[[nodiscard]] std::size_t write_frame_head(std::span<unsigned char, kFrameHeadBytesMax> out, Opcode opcode,
                                           std::uint64_t payload_size, bool final = true, std::optional<MaskingKey> mask = {});

/// Appends one whole frame. With a mask the payload is masked too: the client's side, for tests and load.
void append_frame(std::string& out, Opcode opcode, std::string_view payload, bool final = true,
                  std::optional<MaskingKey> mask = {});

/// The payload of a Close: the code and as much of the UTF-8 reason as fits, cut between characters. kNoStatus: empty.
[[nodiscard]] std::string close_payload(std::uint16_t code, std::string_view reason);

/// Whether a peer may send this code in a Close: section 7.4, and what IANA has registered since.
[[nodiscard]] bool is_close_code(std::uint16_t code);

/// Whether a peer that closes with this code ends its connection in order: 1000, 1001 (a page that is closed or reloaded) or
/// none.
[[nodiscard]] constexpr bool is_orderly_close(std::uint16_t code) {
  return code == close_code::kNormal || code == close_code::kGoingAway || code == close_code::kNoStatus;
}

}  // namespace dialogue::transport
