// See websocket_exchange.hpp.
#include "server/doctor/wire/websocket_exchange.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "server/load/wire/frame_scanner.hpp"
#include "server/transport/websocket/websocket_frame.hpp"
#include "shared/base/base64.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;
using transport::Opcode;

constexpr std::size_t kKeyBytes = 16;  ///< RFC 6455 section 4.1

std::string handshake_fields() {
  std::random_device random;
  std::vector<std::uint8_t> key(kKeyBytes);
  for (std::uint8_t& byte : key) byte = static_cast<std::uint8_t>(random());
  return "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + encode_base64(key) +
         "\r\nSec-WebSocket-Protocol: " + std::string(kSubprotocol) + "\r\n";
}

}  // namespace

WebSocketExchange::WebSocketExchange(asio::any_io_executor executor, const Route& route) : http_(std::move(executor), route) {}

asio::awaitable<bool> WebSocketExchange::open(Time until) {
  HttpAsk what{.path = "/dialogue", .fields = handshake_fields(), .body = {}};
  const bool is_open = co_await http_.ask(std::move(what), until);
  if (!is_open) co_return false;
  co_return co_await http_.head(until);
}

asio::awaitable<bool> WebSocketExchange::has_frame(Time until) {
  co_return co_await wire().until(until, [this] {
    parse();
    return !frames_.empty();
  });
}

asio::awaitable<bool> WebSocketExchange::has_closed(Time until) {
  co_return co_await wire().until(until, [this] {
    parse();
    frames_.clear();
    return wire().has_ended();
  });
}

std::string WebSocketExchange::take() {
  std::string frame = std::move(frames_.front());
  frames_.pop_front();
  return frame;
}

void WebSocketExchange::parse() {
  std::string_view rest = wire().received();
  for (;;) {
    const load::ScannedFrame frame = load::take_frame(rest);
    if (frame.verdict == load::ScannedFrame::Verdict::violation) wire().close();
    if (frame.verdict != load::ScannedFrame::Verdict::frame) break;
    if (frame.opcode == Opcode::ping) send_frame(static_cast<std::uint8_t>(Opcode::pong), frame.payload);
    if (frame.opcode == Opcode::close && frame.payload.size() >= 2)
      close_code_ = static_cast<std::uint16_t>(static_cast<unsigned char>(frame.payload[0]) << 8 |
                                               static_cast<unsigned char>(frame.payload[1]));
    if (static_cast<std::uint8_t>(frame.opcode) > static_cast<std::uint8_t>(Opcode::binary)) continue;
    message_ += frame.payload;
    if (!frame.is_final) continue;
    for (std::string_view left = message_; !left.empty();) {
      const std::string_view line = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(line.size() + 1, left.size()));
      frames_.emplace_back(line);
    }
    message_.clear();
  }
  wire().received().erase(0, wire().received().size() - rest.size());
}

void WebSocketExchange::send_frame(std::uint8_t opcode, std::string_view payload) {
  const std::uint32_t random = std::random_device()();
  transport::MaskingKey key;
  std::memcpy(key.data(), &random, key.size());
  std::string bytes;
  transport::append_frame(bytes, static_cast<Opcode>(opcode), payload, true, key);
  wire().send(std::move(bytes));
}

void WebSocketExchange::send(std::string_view frame) { send_frame(static_cast<std::uint8_t>(Opcode::text), frame); }
void WebSocketExchange::ping() { send_frame(static_cast<std::uint8_t>(Opcode::ping), "doctor"); }

void WebSocketExchange::close() {
  send_frame(static_cast<std::uint8_t>(Opcode::close), transport::close_payload(transport::close_code::kNormal, ""));
}

}  // namespace dialogue::doctor
