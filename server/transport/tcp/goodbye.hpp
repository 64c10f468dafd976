// The words by which a TCP connection ends where no shard says them: a stream has no close frame, so both sides use a line. Pure
// functions; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/errors.hpp"

namespace dialogue::transport {

/// A client's last line, which ends the connection in order. A connection that ends without this line was lost.
inline constexpr std::string_view kClientGoodbye = "[45]";

/// Returns BYE without its line end. If `retry_after_ms` is 0, BYE has no such time.
[[nodiscard]] std::string bye_frame(ErrorCode code, std::string_view message, std::uint64_t retry_after_ms = 0);

/// Returns why a stream that begins with these bytes, at least one, is not dialogue.v1. Returns an empty text if it may be.
[[nodiscard]] std::string_view why_not_frames(std::string_view first_bytes);

}  // namespace dialogue::transport
