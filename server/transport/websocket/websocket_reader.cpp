// A frame is settled in three steps: its first two bytes, its whole head, its payload. Each fault is found at the first that
// shows it.
#include "server/transport/websocket/websocket_reader.hpp"

#include <algorithm>

#include "server/core/util/elapsed.hpp"
#include "server/transport/bounded_append.hpp"
#include "shared/base/utf8.hpp"

namespace dialogue::transport {
namespace {

using EventKind = WebSocketEvent::Kind;

constexpr std::uint64_t kSecondMs = 1000;

std::string_view text_of(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

WebSocketEvent WebSocketReader::next(std::span<char>& input, std::uint64_t now_ms) {
  if (begun_ && begun_->is_between_frames()) {  // what the last event showed is no longer needed
    if (begun_->fragments == 0) std::vector<char>().swap(begun_->message);
    std::vector<char>().swap(begun_->control);
  }
  if (input.empty() && !ended_) {
    if (begun_ && begun_->is_between_messages()) begun_.reset();
    return {};
  }
  if (!begun_) begun_ = std::make_unique<Begun>();
  while (!ended_) {
    WebSocketEvent failure;
    if (!begun_->in_payload && !take_head(input, now_ms, failure)) return failure;
    const auto payload = take_payload(input);
    if (!payload) return {};
    begun_->in_payload = false;
    begun_->head_size = 0;
    if (control()) return finish_control(*payload, now_ms);
    if (final()) return finish_message(*payload);
  }
  input = {};
  return {};
}

std::optional<std::uint64_t> WebSocketReader::deadline_ms() const {
  if (ended_ || !begun_ || begun_->is_between_messages()) return {};
  return begun_->message_started_ms + limits_->message_timeout_ms;
}

std::size_t WebSocketReader::head_bytes_needed() const {
  if (begun_->head_size < 2) return 2;
  const unsigned length = begun_->head[1] & 0x7f;
  return 2u + (length == 126 ? 2u : length == 127 ? 8u : 0u) + (role_ == Role::server ? 4u : 0u);
}

// True: a whole, permitted head is in begun_->head. False: more bytes are needed, or `failure` has the fault.
bool WebSocketReader::take_head(std::span<char>& input, std::uint64_t now_ms, WebSocketEvent& failure) {
  while (begun_->head_size < head_bytes_needed()) {
    if (input.empty()) return false;
    if (begun_->head_size == 0 && begun_->fragments == 0) begun_->message_started_ms = now_ms;
    const std::size_t count = std::min(head_bytes_needed() - begun_->head_size, input.size());
    std::copy_n(input.begin(), count, begun_->head.begin() + begun_->head_size);
    begun_->head_size = static_cast<std::uint8_t>(begun_->head_size + count);
    input = input.subspan(count);
    if (begun_->head_size == 2 && !check_first_bytes(failure)) return false;
  }
  return begin_frame(failure);
}

// What the first two bytes settle: sections 5.1, 5.2, 5.4 and 5.5.
bool WebSocketReader::check_first_bytes(WebSocketEvent& failure) {
  const auto refuse = [&](std::uint16_t code, std::string_view reason, ErrorCode error = ErrorCode::ok) {
    failure = fail(code, reason, error);
    return false;
  };
  const bool masked = (begun_->head[1] & 0x80) != 0;
  if ((begun_->head[0] & 0x70) != 0) return refuse(close_code::kProtocolError, "a reserved bit is set");
  if (masked != (role_ == Role::server))
    return refuse(close_code::kProtocolError, masked ? "the frame is masked" : "the frame is not masked");
  switch (opcode()) {
    case Opcode::continuation:
      if (begun_->fragments == 0) return refuse(close_code::kProtocolError, "a continuation without a first frame");
      return true;
    case Opcode::text:
    case Opcode::binary:
      if (begun_->fragments != 0) return refuse(close_code::kProtocolError, "a new message inside another one");
      begun_->is_binary = opcode() == Opcode::binary;
      if (!begun_->is_binary || limits_->accepts_binary || accepts_binary_) return true;
      return refuse(close_code::kUnsupportedData, "binary messages are not supported", ErrorCode::binary_unsupported);
    case Opcode::close:
    case Opcode::ping:
    case Opcode::pong:
      if (!final()) return refuse(close_code::kProtocolError, "a fragmented control frame");
      if ((begun_->head[1] & 0x7f) > kControlPayloadBytesMax)
        return refuse(close_code::kProtocolError, "a control frame above 125 bytes");
      return true;
  }
  return refuse(close_code::kProtocolError, "a reserved opcode");
}

// The head is whole: its length, decided on before a byte of payload has come, and its masking key.
bool WebSocketReader::begin_frame(WebSocketEvent& failure) {
  const auto refuse = [&](std::uint16_t code, std::string_view reason, ErrorCode error = ErrorCode::ok) {
    failure = fail(code, reason, error);
    return false;
  };
  const std::size_t length_end = begun_->head_size - (role_ == Role::server ? begun_->key.size() : 0);
  std::uint64_t length = begun_->head[1] & 0x7f;
  if (length_end > 2) {
    length = 0;
    for (std::size_t i = 2; i < length_end; ++i) length = length << 8 | begun_->head[i];
    if (length >> 63) return refuse(close_code::kProtocolError, "the length's top bit is set");
    if (length < (length_end == 4 ? 126u : 65536u))
      return refuse(close_code::kProtocolError, "the length is not in its shortest form");
  }
  if (!control()) {
    if (length > limits_->message_bytes_max - begun_->message_size)
      return refuse(close_code::kTooLarge, "the message is too large", ErrorCode::frame_too_large);
    if (begun_->fragments == limits_->fragments_max) return refuse(close_code::kPolicyViolation, "too many fragments");
    begun_->message_size += length;
    ++begun_->fragments;
  }
  if (role_ == Role::server)
    std::copy_n(begun_->head.begin() + static_cast<std::ptrdiff_t>(length_end), begun_->key.size(), begun_->key.begin());
  begun_->payload_left = length;
  begun_->in_payload = true;
  return true;
}

// The frame's payload, or the whole message's when this frame ends it; nothing while bytes are missing.
std::optional<std::span<char>> WebSocketReader::take_payload(std::span<char>& input) {
  const auto bytes = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(begun_->payload_left, input.size())));
  input = input.subspan(bytes.size());
  begun_->payload_left -= bytes.size();
  if (role_ == Role::server) apply_mask(bytes, begun_->key);
  std::vector<char>& kept = control() ? begun_->control : begun_->message;
  const bool whole = begun_->payload_left == 0 && (control() || final());
  if (whole && kept.empty()) return bytes;
  append_bounded(kept, bytes, control() ? kControlPayloadBytesMax : limits_->message_bytes_max);
  if (begun_->payload_left != 0) return {};
  return kept;
}

WebSocketEvent WebSocketReader::finish_control(std::span<char> payload, std::uint64_t now_ms) {
  if (core::elapsed_ms(now_ms, control_window_ms_) >= kSecondMs) {
    control_window_ms_ = now_ms;
    control_count_ = 0;
  }
  if (++control_count_ > limits_->control_frames_per_second_max)
    return fail(close_code::kPolicyViolation, "too many control frames", ErrorCode::control_flood);
  if (opcode() == Opcode::ping) return {.kind = EventKind::ping, .payload = payload};
  if (opcode() == Opcode::pong) return {.kind = EventKind::pong, .payload = payload};

  // Close, section 5.5.1: nothing, or a code and a reason.
  if (payload.empty()) {
    ended_ = true;
    return {.kind = EventKind::close, .close_code = close_code::kNoStatus};
  }
  if (payload.size() == 1) return fail(close_code::kProtocolError, "half a close code");
  const auto code =
      static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]));
  if (!is_close_code(code)) return fail(close_code::kProtocolError, "a close code that must not be sent");
  if (!is_utf8(text_of(payload.subspan(2)))) return fail(close_code::kInvalidText, "the close reason is not UTF-8");
  ended_ = true;
  return {.kind = EventKind::close, .payload = payload.subspan(2), .close_code = code};
}

WebSocketEvent WebSocketReader::finish_message(std::span<char> payload) {
  begun_->fragments = 0;
  begun_->message_size = 0;
  if (begun_->is_binary) return {.kind = EventKind::binary, .payload = payload};
  if (!is_utf8(text_of(payload))) return fail(close_code::kInvalidText, "the text is not UTF-8");
  return {.kind = EventKind::text, .payload = payload};
}

WebSocketEvent WebSocketReader::fail(std::uint16_t code, std::string_view reason, ErrorCode error) {
  ended_ = true;
  return {.kind = EventKind::failure, .close_code = code, .error = error, .reason = reason};
}

}  // namespace dialogue::transport
