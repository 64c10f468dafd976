// The meaning of a server's frame for a check: WELCOME with its limits, a refusal, or another frame. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/limits.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::doctor {

/// The server's answer to HELLO.
struct Reception {
  bool is_welcome = false;
  std::string refusal{};      ///< of BYE: "unauthorized: a token is required"
  std::uint64_t ping_ms = 0;  ///< the longest silence that the server leaves
  std::uint64_t message_bytes = kMessageBytesMax;
};

/// Reads WELCOME or BYE; returns no value for other frames and for invalid ones.
[[nodiscard]] std::optional<Reception> read_reception(std::string_view frame);
/// Returns the type of a frame; no value for an invalid one.
[[nodiscard]] std::optional<FrameType> type_of(std::string_view frame);

/// HELLO with this token, or as a guest.
[[nodiscard]] std::string hello_frame(const std::string& token);
/// A LIST of one room, which the server answers immediately by REPLY.
[[nodiscard]] std::string list_frame(std::uint64_t request);

}  // namespace dialogue::doctor
