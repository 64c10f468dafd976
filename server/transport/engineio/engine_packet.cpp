// See engine_packet.hpp.
#include "server/transport/engineio/engine_packet.hpp"

#include <array>
#include <span>

#include "shared/base/base64.hpp"
#include "shared/base/percent.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::transport {
namespace {

constexpr std::size_t kFieldBytesMax = 128;

constexpr std::array<std::string_view, 6> kFaultMessages = {
    "Transport unknown",
    "Session ID unknown",
    "Bad handshake method",
    "Bad request",
    "Forbidden",
    "Unsupported protocol version: this server speaks Engine.IO 4, as socket.io-client 3 and newer do",
};

/// False: there is a value, and it cannot be read.
bool take_field(std::string& field, std::string_view value) {
  if (!field.empty()) return true;
  if (value.size() > kFieldBytesMax) return false;
  const auto decoded = percent_decoded(value);
  if (decoded) field = *decoded;
  return decoded.has_value();
}

}  // namespace

std::optional<EnginePacket> read_engine_packet(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '6') return std::nullopt;
  return EnginePacket{static_cast<EnginePacketType>(text.front() - '0'), text.substr(1)};
}

bool EnginePayloadReader::next() {
  if (is_done_ || failed_) return false;
  const std::size_t end = rest_.find(kEngineSeparator);
  const std::string_view text = rest_.substr(0, end);
  is_done_ = end == std::string_view::npos;
  if (!is_done_) rest_.remove_prefix(end + 1);
  is_binary_ = text.starts_with(kEngineBinaryMark);
  if (is_binary_) {
    const auto bytes = decode_base64(text.substr(1));
    failed_ = !bytes;
    if (failed_) return false;
    binary_.assign(bytes->begin(), bytes->end());
    packet_ = {EnginePacketType::message, binary_};
    return true;
  }
  const auto packet = read_engine_packet(text);
  failed_ = !packet;
  if (packet) packet_ = *packet;
  return !failed_;
}

std::size_t engine_packet_bytes(std::size_t packet_bytes, bool is_binary) {
  constexpr std::size_t kGroupBytes = 3, kGroupChars = 4;
  return is_binary ? 1 + (packet_bytes + kGroupBytes - 1) / kGroupBytes * kGroupChars : packet_bytes;
}

void append_engine_packet(std::string& payload, std::string_view packet, bool is_binary) {
  if (!payload.empty()) payload += kEngineSeparator;
  if (!is_binary) {
    payload += packet;
    return;
  }
  payload += kEngineBinaryMark;
  payload += encode_base64({reinterpret_cast<const std::uint8_t*>(packet.data()), packet.size()});
}

std::string engine_open_packet(std::string_view sid, const EngineLimits& limits, bool offers_upgrade) {
  return "0" + JsonText()
                   .text("sid", sid)
                   .raw("upgrades", offers_upgrade ? R"(["websocket"])" : "[]")
                   .number("pingInterval", limits.ping_interval_ms)
                   .number("pingTimeout", limits.ping_timeout_ms)
                   .number("maxPayload", limits.payload_bytes_max)
                   .take();
}

std::string engine_fault_text(EngineFault fault, std::string_view message) {
  const auto number = static_cast<std::size_t>(fault);
  return JsonText().number("code", number).text("message", message.empty() ? kFaultMessages.at(number) : message).take();
}

EngineQuery read_engine_query(std::string_view query) {
  EngineQuery read;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(pair.size() == query.size() ? pair.size() : pair.size() + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = pair.substr(0, equals), value = pair.substr(equals + 1);
    if (name == "EIO") (void)take_field(read.version, value);
    if (name == "transport") (void)take_field(read.transport, value);
    if (name == "sid" && !take_field(read.sid, value)) read.names_no_session = true;
  }
  return read;
}

}  // namespace dialogue::transport
