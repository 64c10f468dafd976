// The Dialogue rooms of the application's rooms: "room-ID".
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::string_view kRoomPrefix = "room-";

[[nodiscard]] inline std::string name_of_room(std::string_view id) { return std::string(kRoomPrefix) + std::string(id); }

/// The id in a Dialogue room's name; nothing for another kind of room.
[[nodiscard]] inline std::optional<std::string_view> id_of_room(std::string_view name) {
  if (!name.starts_with(kRoomPrefix)) return std::nullopt;
  return name.substr(kRoomPrefix.size());
}

}  // namespace chat
