// Parses a WebSocket's incoming bytes (RFC 6455). Sans-io: bytes and the time are passed in, events are returned.
//
//   std::span<char> input = what was received;
//   for (auto event = reader.next(input, now); event.kind != Kind::need_more; event = reader.next(input, now)) ...
//
// A message that is complete in the input is unmasked in place and returned as a view; only incomplete ones are copied, so an
// idle reader holds no buffer. Payload views are valid until the next call. Not thread-safe.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "server/transport/websocket/websocket_frame.hpp"
#include "server/transport/websocket/websocket_limits.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::transport {

struct WebSocketEvent {
  /// need_more: the input is used up. failure: the connection must be closed with close_code; all later input is ignored.
  enum class Kind : std::uint8_t { need_more, text, binary, ping, pong, close, failure };
  Kind kind = Kind::need_more;
  std::span<char> payload{};        ///< text: whole, valid UTF-8; binary: whole; ping, pong: at most 125 bytes; close: the reason
  std::uint16_t close_code = 0;     ///< close: the peer's, kNoStatus for none; failure: ours
  ErrorCode error = ErrorCode::ok;  ///< failure: the protocol's own word for it, where there is one
  std::string_view reason{};        ///< failure: in words
};

class WebSocketReader {
 public:
  /// Which end this is: a server insists on masked frames, a client on unmasked ones (section 5.1).
  enum class Role : std::uint8_t { server, client };

  /// `limits` outlives the reader.
  explicit WebSocketReader(Role role, const WebSocketLimits& limits) : limits_(&limits), role_(role) {}

  /// From now on binary messages are taken, whatever the limits say.
  void accept_binary() { accepts_binary_ = true; }

  [[nodiscard]] const WebSocketLimits& limits() const { return *limits_; }

  /// The next event in `input`, which is cut at its front by what was used.
  [[nodiscard]] WebSocketEvent next(std::span<char>& input, std::uint64_t now_ms);

  /// When the message that has begun must be complete; nothing while none has. Passing it is the caller's to see.
  [[nodiscard]] std::optional<std::uint64_t> deadline_ms() const;

 private:
  [[nodiscard]] bool take_head(std::span<char>& input, std::uint64_t now_ms, WebSocketEvent& failure);
  [[nodiscard]] bool check_first_bytes(WebSocketEvent& failure);
  [[nodiscard]] bool begin_frame(WebSocketEvent& failure);
  [[nodiscard]] std::optional<std::span<char>> take_payload(std::span<char>& input);
  [[nodiscard]] WebSocketEvent finish_control(std::span<char> payload, std::uint64_t now_ms);
  [[nodiscard]] WebSocketEvent finish_message(std::span<char> payload);
  [[nodiscard]] WebSocketEvent fail(std::uint16_t code, std::string_view reason, ErrorCode error = ErrorCode::ok);

  [[nodiscard]] Opcode opcode() const { return static_cast<Opcode>(begun_->head[0] & 0x0f); }
  [[nodiscard]] bool final() const { return (begun_->head[0] & 0x80) != 0; }
  [[nodiscard]] bool control() const { return (begun_->head[0] & 0x08) != 0; }
  [[nodiscard]] std::size_t head_bytes_needed() const;

  /// What is known while a frame or a message is not whole; an idle connection has none.
  struct Begun {
    std::vector<char> message;       ///< what has come of a message that is not whole yet
    std::vector<char> control;       ///< the same of a control frame, which may stand between a message's fragments
    std::uint64_t payload_left = 0;  ///< of the frame being read
    std::uint64_t message_started_ms = 0;
    std::uint64_t message_size = 0;  ///< announced by the frames of this message so far
    std::uint32_t fragments = 0;     ///< frames of the message being read; 0: none has begun
    std::array<unsigned char, kFrameHeadBytesMax> head{};
    std::uint8_t head_size = 0;
    MaskingKey key{};
    bool in_payload = false;
    bool is_binary = false;  ///< the message being read

    [[nodiscard]] bool is_between_frames() const { return !in_payload && head_size == 0; }
    [[nodiscard]] bool is_between_messages() const { return is_between_frames() && fragments == 0; }
  };

  const WebSocketLimits* limits_;
  std::unique_ptr<Begun> begun_;
  std::uint64_t control_window_ms_ = 0;  ///< when the second began in which control frames are counted
  std::uint32_t control_count_ = 0;
  Role role_;
  bool ended_ = false;
  bool accepts_binary_ = false;
};

}  // namespace dialogue::transport
