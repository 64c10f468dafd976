// A server's frame as the core sees it: its leading integers, checked. Strings and payload stay with the driver.
// Pure; safe from any thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "client-wasm/core/outbox.hpp"

namespace dialogue::client {

struct Incoming {
  FrameType type{};
  std::array<std::uint64_t, kFrameIntegersMax> integers{};  ///< after the type
  RoomHandle named_room = kNoRoom;  ///< JOINED: the handle of its roomId, which the driver looked up or added
};

/// Takes the leading numbers of a parsed frame (type first) and the count of all its elements. Nothing when it is not a frame
/// that a server sends, has another shape than the table says, or holds a number that is not an integer in 0 to 2^53-1.
[[nodiscard]] std::optional<Incoming> read_incoming(std::span<const double> numbers, std::size_t element_count);

}  // namespace dialogue::client
