// A packet for clients, made once, and shared by all receivers. Immutable; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/socketio/arguments.hpp"

namespace dialogue::socketio {

struct Packet {
  core::SharedBytes text;  ///< with Engine.IO's type in front
  std::vector<core::SharedBytes> attachments;

  [[nodiscard]] std::size_t bytes() const;
};

/// Whether an event of this name may be sent: the name is not reserved by socket.io-client.
[[nodiscard]] bool is_event_name(std::string_view name);

/// 1 to 256 bytes of UTF-8.
[[nodiscard]] bool is_room_name(std::string_view name);

/// Makes the packet of an event, which asks for the acknowledgement `id`, if any. The name and the arguments must be sendable.
[[nodiscard]] Packet event_packet(std::string_view nsp, std::string_view event, const Arguments& arguments,
                                  std::optional<std::uint64_t> id = {});
[[nodiscard]] Packet ack_packet(std::string_view nsp, std::uint64_t id, const Arguments& arguments);

/// Reads the arguments of a received EVENT. `rest` is what follows its name: "," and values, "]". Copies all of it.
[[nodiscard]] Arguments received_arguments(std::string_view rest, const std::vector<std::string>& attachments);
/// Reads the arguments of a received ACK. `array` is its data. Copies all of it.
[[nodiscard]] Arguments received_answer(std::string_view array, const std::vector<std::string>& attachments);

}  // namespace dialogue::socketio
