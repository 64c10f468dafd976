// The words by which a TCP connection ends where no shard says them: a stream has no close frame, so both sides use a line. Pure
// functions; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/errors.hpp"

namespace dialogue::transport {

/// A client's last line, which ends the connection in order; a stream that ends without it was lost.
inline constexpr std::string_view kClientGoodbye = "[45]";

/// BYE without its line end. `retry_after_ms` 0: that is not said.
[[nodiscard]] std::string bye_frame(ErrorCode code, std::string_view message, std::uint64_t retry_after_ms = 0);

/// Why a stream that begins with these bytes, at least one, does not speak dialogue.v1, in words; empty where it may.
[[nodiscard]] std::string_view why_not_frames(std::string_view first_bytes);

}  // namespace dialogue::transport
