// The ways in which a client's bytes may come, as a room's `channels` names them. A new transport is a row here and a directory
// in server/transport/. Immutable; safe from any thread.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dialogue {

/// In the order of kTransports. Recordings hold the numbers: append only.
enum class TransportKind : std::uint8_t { websocket, sse, stream, polling, tcp, socketio };

struct TransportRow {
  TransportKind kind;
  std::string_view name;   ///< in `channels`
  std::string_view title;  ///< in messages for people
  bool is_one_way;         ///< the client can neither answer nor resume its session
  bool is_streamed;        ///< a response that does not end: proxies cut one that is silent
  bool takes_binary;       ///< binary messages can stand for text: kBinaryFeature
};

inline constexpr std::array kTransports = {
    TransportRow{TransportKind::websocket, "websocket", "WebSocket", false, false, true},
    TransportRow{TransportKind::sse, "sse", "server-sent events", true, true, false},
    TransportRow{TransportKind::stream, "stream", "streamed HTTP responses", false, true, false},
    TransportRow{TransportKind::polling, "polling", "long polling", false, false, false},
    TransportRow{TransportKind::tcp, "tcp", "TCP", false, false, false},
    TransportRow{TransportKind::socketio, "socketio", "Socket.IO", false, false, false},
};

[[nodiscard]] constexpr const TransportRow& transport_row(TransportKind kind) {
  return kTransports.at(static_cast<std::size_t>(kind));
}

/// Returns the row of a channel's name; no value for any other name.
[[nodiscard]] constexpr std::optional<TransportRow> transport_named(std::string_view name) {
  for (const TransportRow& row : kTransports)
    if (row.name == name) return row;
  return std::nullopt;
}

[[nodiscard]] constexpr bool is_channel(std::string_view name) { return transport_named(name).has_value(); }

/// The names that `channels` may list.
inline constexpr auto kChannels = [] {
  std::array<std::string_view, kTransports.size()> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names.at(i) = kTransports.at(i).name;
  return names;
}();

/// Some of the transports.
class TransportSet {
 public:
  /// Returns the transports that `channels` names; all if it is empty.
  [[nodiscard]] static TransportSet of(std::span<const std::string> channels) {
    TransportSet set;
    if (channels.empty()) return set;
    set.bits_ = 0;
    for (const std::string& channel : channels)
      if (const auto row = transport_named(channel)) set.bits_ |= bit(row->kind);
    return set;
  }

  [[nodiscard]] bool has(TransportKind kind) const { return (bits_ & bit(kind)) != 0; }

 private:
  [[nodiscard]] static constexpr std::uint32_t bit(TransportKind kind) { return 1u << static_cast<unsigned>(kind); }

  std::uint32_t bits_ = ~0u;
};

}  // namespace dialogue
