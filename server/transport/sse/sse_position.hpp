// The `id:` of a push stream: its position in each of its rooms, in the order of the URL, as "epoch.seq" in base 36 with "-"
// between them. All state that a stream needs to continue, so the server keeps none. Pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::transport {

inline constexpr std::size_t kSseRoomsMax = 16;

/// 11 digits hold 2^53-1. One position more than there are URL rooms: of the user's own room.
inline constexpr std::size_t kSseIdBytesMax = (kSseRoomsMax + 1) * (11 + 1 + 11 + 1);

/// Behind an id, with the digest of the request in base 36: the stream has ended permanently, and the same request with this id
/// is answered 204.
inline constexpr char kSseEndMark = '!';

/// Epoch 0: unknown, which no log has.
struct SsePosition {
  std::uint64_t epoch = 0, seq = 0;
  friend bool operator==(const SsePosition&, const SsePosition&) = default;
};

void append_sse_position(std::string& out, SsePosition position);
[[nodiscard]] std::string sse_id(std::span<const SsePosition> positions);

/// The content of an id. Nothing for an invalid one: then every position is unknown.
struct SseResume {
  std::vector<SsePosition> positions;
  std::optional<std::uint64_t> ended;  ///< the digest of the request whose stream has ended here
};
[[nodiscard]] std::optional<SseResume> read_sse_id(std::string_view id);

[[nodiscard]] std::string sse_end_mark(std::uint64_t request_digest);
/// Of what a client repeats when it reconnects by itself: the query and the token.
[[nodiscard]] std::uint64_t sse_request_digest(std::string_view query, std::string_view authorization);

}  // namespace dialogue::transport
