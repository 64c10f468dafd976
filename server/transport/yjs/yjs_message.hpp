// Messages of y-protocols, as y-websocket sends them: a kind, then what the kind says, in lib0's encoding. Awareness messages are
// lists of (client, clock, state as JSON; null: none). Pure; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::transport {

inline constexpr std::size_t kAwarenessClientsMax = 4;            ///< of one connection
inline constexpr std::size_t kAwarenessStateBytesMax = 2 * 1024;  ///< of all of them together

struct YjsMessage {
  /// ignored: of a kind that a server has no use for. malformed: not of any form.
  enum class Kind : std::uint8_t { ignored, malformed, state_vector, update, awareness, awareness_query };
  Kind kind = Kind::malformed;
  std::string_view bytes{};  ///< the state vector, the update, or the list
};

[[nodiscard]] YjsMessage read_yjs_message(std::string_view message);

struct AwarenessState {
  std::uint64_t client = 0, clock = 0;
  std::string state;  ///< JSON; "null": the client has left
};

/// Reads a list of states. Returns nothing if the bytes are not a list, or have more than kAwarenessClientsMax clients.
[[nodiscard]] std::optional<std::vector<AwarenessState>> read_awareness(std::string_view bytes);

[[nodiscard]] std::string state_vector_message(
    std::string_view state_vector);                                     ///< asks for what the peer's document has beyond it
[[nodiscard]] std::string difference_message(std::string_view update);  ///< the answer to a state vector
[[nodiscard]] std::string update_message(std::string_view update);
[[nodiscard]] std::string awareness_message(const std::vector<AwarenessState>& states);
[[nodiscard]] std::string denied_message(std::string_view reason);

}  // namespace dialogue::transport
