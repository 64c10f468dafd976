// The answers to a tunnel's requests, as text: the head line of polls, the blocks of streams, refusals. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/response/http_response.hpp"
#include "server/transport/http_tunnel/tunnel_limits.hpp"

namespace dialogue::transport {

using ResponseFields = std::vector<std::pair<std::string_view, std::string>>;

/// What stands before the frames of every answer.
struct TunnelHead {
  std::uint64_t first = 1;               ///< the number of the first frame that follows
  std::uint64_t received = 0;            ///< frames of the client that the server has
  std::optional<std::uint16_t> close{};  ///< the connection has ended, and nothing follows what is here
  std::string_view session{};            ///< in the answer to the opening; empty: an answer to another request
};

/// A JSON object without a line end.
[[nodiscard]] std::string tunnel_head(const TunnelHead& head, const TunnelLimits& limits);

/// For a page of `origin`; empty: no page.
[[nodiscard]] ResponseFields tunnel_cors(std::string_view origin);

/// 200 with a head line and the frames after it.
[[nodiscard]] http::HttpResponse tunnel_answer(std::string head, std::string_view frames, std::string_view origin);

/// An HTTP head and the first block, which passes what proxies and browsers hold back at the beginning.
[[nodiscard]] std::string stream_opening(const std::string& head, std::string_view origin, std::int64_t unix_s);
/// Appends one or more frames with LF between them as server-sent events, one event for each frame.
void append_stream_blocks(std::string& out, std::string_view frames);

/// The session of a request does not exist, or is not for who asks: 410.
[[nodiscard]] http::HttpResponse session_gone(std::string_view origin);
/// The request's numbers do not fit, 409: `name` says what fits, `number` is its value.
[[nodiscard]] http::HttpResponse number_conflict(std::string_view why, std::string_view name, std::uint64_t number,
                                                 std::string_view origin);
/// Any other refusal.
[[nodiscard]] http::HttpResponse tunnel_refusal(unsigned status, std::string_view why, std::uint64_t retry_after_ms,
                                                std::string_view origin, ErrorCode code = ErrorCode::ok);
/// A preflight request's: for clients that send a token in a header (Fetch standard, section 3.2).
[[nodiscard]] http::HttpResponse tunnel_preflight(std::string_view origin);

}  // namespace dialogue::transport
