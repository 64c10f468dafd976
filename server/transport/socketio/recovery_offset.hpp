// The offset of connection state recovery: the rooms of a client with its position in each, as "chat=EPOCH.SEQ/news=EPOCH.SEQ" in
// base 36, and "*message,typing" behind a room whose subscriptions are not the defaults. socket.io-client keeps the last one and
// brings it along, so the server keeps none. Pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::transport {

inline constexpr std::size_t kRecoveredRoomsMax = 16;
inline constexpr std::size_t kOffsetBytesMax = 4096;
inline constexpr std::string_view kNoRoomsOffset = "-";  ///< an empty one would not be kept

struct RecoveredRoom {
  std::string id;
  std::uint64_t epoch = 0, seq = 0;
  std::optional<std::vector<std::string>> events{};  ///< absent: the room's defaults
  friend bool operator==(const RecoveredRoom&, const RecoveredRoom&) = default;
};

/// Appends one room; the first one of an offset has nothing before it.
void append_offset(std::string& offset, std::string_view room_id, std::uint64_t epoch, std::uint64_t seq);
/// The same, with the events to which it is subscribed.
void append_offset_events(std::string& offset, const std::vector<std::string>& events);
/// Nothing if it is invalid, or has too many rooms, or one twice.
[[nodiscard]] std::optional<std::vector<RecoveredRoom>> read_offset(std::string_view offset);

}  // namespace dialogue::transport
