// Packets of Socket.IO protocol 5: "2/admin,12[\"event\",{}]" is an event on a namespace that asks for acknowledgement 12. Pure;
// safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/errors.hpp"

namespace dialogue::transport {

/// The first character of a packet, as a digit.
enum class SocketioType : std::uint8_t { connect, disconnect, event, ack, connect_error, binary_event, binary_ack };

struct SocketioPacket {
  SocketioType type = SocketioType::event;
  std::string_view nsp = "/";
  std::optional<std::uint64_t> id;  ///< of an acknowledgement
  std::uint32_t attachments = 0;    ///< that follow as binary messages
  std::string_view data;            ///< JSON; empty: none, or `fault`
  /// Why the data is invalid although the rest was read: it has text that is not UTF-8, or is nested too deep, or a CONNECT's
  /// is not an object. Its sender can be answered.
  ErrorCode fault = ErrorCode::ok;
};

inline constexpr std::size_t kNamespaceBytesMax = 128;  ///< CONNECT may request longer ones, which do not exist

/// The packet in a text, whose views point into it. Its JSON is valid and has the form of its type: an object or nothing
/// (CONNECT), nothing (DISCONNECT), an array that begins with the name (EVENT), an array (ACK); otherwise the packet has a
/// fault. Nothing if a client may not send it, or if it has more attachments than `attachments_max`; `fault` has the reason.
[[nodiscard]] std::optional<SocketioPacket> read_socketio_packet(std::string_view text, std::uint32_t attachments_max,
                                                                 std::string_view* fault = nullptr);

/// Where an attachment stands in JSON: `{"_placeholder":true,"num":0}` is the first one.
struct SocketioPlaceholder {
  std::size_t begin = 0, end = 0;  ///< in the text
  std::uint64_t number = 0;        ///< of the attachment
};

/// Those in a valid JSON text, in order. Nothing when one has no number below `attachments`.
[[nodiscard]] std::optional<std::vector<SocketioPlaceholder>> find_placeholders(std::string_view json, std::uint32_t attachments);

/// A valid JSON text with strings of base64 in their places, which is the form of `bytes` in payloads. Nothing if the result
/// has more than `bytes_max` bytes: one attachment may be in many places.
[[nodiscard]] std::optional<std::string> with_base64(std::string_view json, std::span<const std::string> attachments,
                                                     std::size_t bytes_max);

/// An EVENT's name and what stands behind it: "," and the arguments with "]", or "]".
struct SocketioEvent {
  std::string name;
  std::string_view rest;
};
/// Reads the data of a valid EVENT. The result's name is empty if it is a number.
[[nodiscard]] SocketioEvent read_socketio_event(std::string_view data);
/// Returns the arguments' JSON texts, at most `count_max` of them. `rest` is that of a SocketioEvent.
[[nodiscard]] std::vector<std::string_view> read_socketio_arguments(std::string_view rest, std::size_t count_max);

/// Returns what precedes a packet's data, with Engine.IO's type: "42/admin,12".
[[nodiscard]] std::string socketio_head(SocketioType type, std::string_view nsp, std::optional<std::uint64_t> id = {},
                                        std::uint32_t attachments = 0);

}  // namespace dialogue::transport
