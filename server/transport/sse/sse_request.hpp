// The parameters of a request for a push stream, read from its query and its Last-Event-ID. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/transport/sse/sse_position.hpp"

namespace dialogue::transport {

inline constexpr std::uint64_t kSseLastMax = 1000;

struct SseRequest {
  std::vector<std::string> rooms;   ///< ids in the order of the URL: at most kSseRoomsMax, each once
  std::vector<std::string> match;   ///< events, or their beginnings with "*" behind; empty: all
  std::string filter;               ///< by content, as JSON on one line; empty: none
  std::uint64_t last = 0;           ///< number of each room's newest events to send first, unless an id gives the position
  bool wants_user = false;          ///< what is sent to the user and to this session, too
  std::string user_id;              ///< of a development identity; empty: none
  std::optional<SseResume> resume;  ///< from where to continue; absent: this is a new stream
  bool is_id_unknown = false;       ///< there was an id, which cannot be read
};

/// `last_event_id` is the header's value, which precedes the query's lastEventId: EventSource sends it when it reconnects by
/// the same URL. The other result is one sentence with the fault of the query and the remedy.
[[nodiscard]] std::variant<SseRequest, std::string> read_sse_request(std::string_view query,
                                                                     std::optional<std::string_view> last_event_id);

/// What each JOIN says besides its room and position: a JSON object.
[[nodiscard]] std::string sse_join_options(const SseRequest& request);

/// The first message of the connection, HELLO and the JOINs, and a second one for what exceeds the frames of one message (or
/// empty). The JOIN of rooms[i] has the req i + 1. `fingerprint` of the catalogue that need not be sent.
struct SseFrames {
  std::string first, second;
};
/// The JOIN of one room; `index` is its place in the id.
[[nodiscard]] std::string sse_join_frame(const SseRequest& request, std::size_t index, std::string_view room,
                                         std::string_view options);
[[nodiscard]] SseFrames sse_frames(const SseRequest& request, std::uint64_t fingerprint);

}  // namespace dialogue::transport
