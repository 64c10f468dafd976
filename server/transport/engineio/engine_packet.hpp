// Packets of Engine.IO protocol 4 and the payloads in which polls carry them. Pure; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/transport/engineio/engine_limits.hpp"

namespace dialogue::transport {

/// The first character of a packet, as a digit.
enum class EnginePacketType : std::uint8_t { open, close, ping, pong, message, upgrade, noop };

inline constexpr char kEngineSeparator = '\x1e';                          ///< between the packets of a payload
inline constexpr std::string_view kEngineClose = "1", kEngineNoop = "6";  ///< whole packets
inline constexpr char kEngineBinaryMark = 'b';                            ///< before the base64 of a binary message in a payload

struct EnginePacket {
  EnginePacketType type = EnginePacketType::message;
  std::string_view data;  ///< behind the type
};

/// Reads a text packet, which is a whole message of a WebSocket. Returns nothing if it does not begin with a type.
[[nodiscard]] std::optional<EnginePacket> read_engine_packet(std::string_view text);

/// The body of a POST, packet by packet: `while (reader.next())`, then failed() says whether it was one.
class EnginePayloadReader {
 public:
  /// `body` outlives it.
  explicit EnginePayloadReader(std::string_view body) : rest_(body), is_done_(body.empty()), failed_(body.empty()) {}

  /// False: there are no more, or the next one is not a packet.
  [[nodiscard]] bool next();
  [[nodiscard]] const EnginePacket& packet() const { return packet_; }
  /// Returns the bytes of a binary message, valid until the next call, or nothing if the packet is not one.
  [[nodiscard]] std::optional<std::string_view> binary() const {
    return is_binary_ ? std::optional<std::string_view>(binary_) : std::nullopt;
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::string_view rest_;
  EnginePacket packet_;
  std::string binary_;
  bool is_binary_ = false, is_done_, failed_;
};

/// Appends one packet to a payload; `is_binary`: the bytes of a message.
void append_engine_packet(std::string& payload, std::string_view packet, bool is_binary);
/// The bytes that it adds.
[[nodiscard]] std::size_t engine_packet_bytes(std::size_t packet_bytes, bool is_binary);

/// The first packet of a session.
[[nodiscard]] std::string engine_open_packet(std::string_view sid, const EngineLimits& limits, bool offers_upgrade);

/// Why a request is refused, with the numbers of the reference.
enum class EngineFault : std::uint8_t {
  transport_unknown = 0,
  session_unknown = 1,
  bad_method = 2,
  bad_request = 3,
  forbidden = 4,
  version_unsupported = 5,
};
/// The body of the refusal, JSON.
[[nodiscard]] std::string engine_fault_text(EngineFault fault, std::string_view message = {});

/// The parameters in a request's query.
struct EngineQuery {
  std::string version;            ///< EIO
  std::string transport;          ///< "polling", "websocket" or something else
  std::string sid;                ///< empty: the request begins a session, unless
  bool names_no_session = false;  ///< it has a sid that can be none
};
/// Values that cannot be read are empty; of repeated ones the first counts.
[[nodiscard]] EngineQuery read_engine_query(std::string_view query);

}  // namespace dialogue::transport
