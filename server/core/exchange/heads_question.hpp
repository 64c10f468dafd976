// The built-in stream of heads: CALL of entry 0 whose request names rooms, {"heads":["general"],"events":["message"]}. The rooms
// need not be joined: their definitions and the token say whose heads a connection may see, as for history. Where the application
// is asked of joins it alone knows, so only rooms that the connection is a member of are shown. Pure; used by the shard of the
// connection.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <variant>

#include "server/core/connection/connection.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/messages/error.hpp"
#include "server/core/messages/exchange_messages.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

inline constexpr std::string_view kHeadsStream = "dialogue.heads";
inline constexpr std::uint32_t kHeadsCall = std::numeric_limits<std::uint32_t>::max() - 1;  ///< Exchange::call of that stream
inline constexpr std::size_t kHeadRoomsMax = 2'000;                                         ///< of one question
inline constexpr std::size_t kHeadEventsMax = 64;

/// Its kind and bounds; it has no schema.
[[nodiscard]] const CallDefinition& heads_stream();

/// Whether a request of entry 0 asks for heads.
[[nodiscard]] bool is_heads_question(std::string_view request);

/// Reads a request of the built-in stream of heads; returns the error request_invalid or name_invalid if it is refused.
[[nodiscard]] std::variant<HeadsQuestion, Error> read_heads_question(const ShardConfig& config, Connection& connection,
                                                                     std::string_view request);

}  // namespace dialogue::core
