// See websocket_client.hpp.
#include "server/load/wire/websocket_client.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "server/load/wire/frame_scanner.hpp"
#include "shared/base/base64.hpp"

namespace dialogue::load {
void WebSocketClient::open(std::string_view path, std::string_view subprotocols) {
  path_ = path;
  subprotocols_ = subprotocols;
  connect_socket();
}

void WebSocketClient::begin() {
  state_ = State::upgrading;
  std::vector<std::uint8_t> key(16);
  for (std::uint8_t& byte : key) byte = static_cast<std::uint8_t>(context_.random());
  out_ =
      "GET " + path_ + " HTTP/1.1\r\nHost: " + context_.authority +
      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + encode_base64(key) +
      "\r\n";
  if (!subprotocols_.empty()) out_ += "Sec-WebSocket-Protocol: " + subprotocols_ + "\r\n";
  out_ += "\r\n";
}

void WebSocketClient::take(std::string_view bytes) {
  if (state_ == State::upgrading && !take_http_head(bytes, "HTTP/1.1 101", "the WebSocket handshake")) return;
  while (is_there()) {
    const ScannedFrame frame = take_frame(bytes);
    if (frame.verdict == ScannedFrame::Verdict::violation) return fail(0, "the server sent an invalid WebSocket frame", true);
    if (frame.verdict == ScannedFrame::Verdict::need_more) break;
    if (!take_message(frame)) return;
  }
  if (is_there() && !bytes.empty()) keep(bytes);
}

bool WebSocketClient::take_message(const ScannedFrame& frame) {
  switch (frame.opcode) {
    case transport::Opcode::ping:
      send(transport::Opcode::pong, frame.payload);
      flush();
      return true;
    case transport::Opcode::pong:
      return true;
    case transport::Opcode::close: {
      const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(frame.payload[index]); };
      const auto code = static_cast<std::uint16_t>(frame.payload.size() < 2 ? 0 : byte(0) << 8 | byte(1));
      const std::string reason(frame.payload.substr(std::min<std::size_t>(2, frame.payload.size())));
      fail(code, "the server closed with " + std::to_string(code) + (reason.empty() ? "" : ", " + reason));
      return false;
    }
    default:
      break;
  }
  if (state_ != State::open) return true;  // a close frame was sent
  if (frame.is_final && message_.empty()) {
    listener_.heard(frame.payload);
  } else {
    message_.append(frame.payload);
    if (frame.is_final) {
      listener_.heard(message_);
      give_back(message_);
    }
  }
  return is_there();
}

void WebSocketClient::send(transport::Opcode opcode, std::string_view payload) {
  if (state_ != State::open) return;
  const std::uint64_t random = context_.random();
  transport::MaskingKey key;
  std::memcpy(key.data(), &random, key.size());
  transport::append_frame(out_, opcode, payload, true, key);
}

void WebSocketClient::close(std::uint16_t code) {
  if (state_ != State::open) return release();
  send(transport::Opcode::close, transport::close_payload(code, ""));
  flush();
  state_ = State::closing;
}

}  // namespace dialogue::load
