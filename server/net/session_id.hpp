// Ids of sessions whose requests may arrive at any loop: 128 random bits, then the session's loop, in hexadecimal. The id
// authorizes access to the session. Safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dialogue::net {

/// Makes the id of a session of this loop. Throws std::runtime_error if the system has no random bytes.
[[nodiscard]] std::string make_session_id(std::uint32_t loop);
/// Returns the loop of a session's id, or nothing if the text cannot be an id.
[[nodiscard]] std::optional<std::uint32_t> loop_of_session(std::string_view session, std::uint32_t loop_count);

}  // namespace dialogue::net
