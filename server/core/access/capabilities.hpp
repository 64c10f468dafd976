// What a token lets its bearer do, room by room: its claim `rooms`, from patterns of room ids to rights.
//
//   "rooms": { "chat": ["join", "publish:message", "history"], "user-{sub}": "*", "tenant-{tenant}~*": ["join", "presence"] }
//
// In a pattern `*` stands for one or more characters and `{name}` for the token's claim of that name, character by character,
// so that a `*` in it stands for itself. Next to a `*` or another claim it ends at a character that it does not contain. If the
// claim is absent or not a text, the pattern matches nothing. The rights of all matching patterns count. "*" is every
// right but `manage`. docs/guides/authentication.md describes it for users. Values; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/access/right.hpp"

namespace dialogue::core {

inline constexpr std::size_t kRoomGrantsMax = 64;   ///< patterns in one token
inline constexpr std::size_t kGrantRightsMax = 32;  ///< rights of one pattern
inline constexpr std::string_view kRoomsClaim = "rooms";

/// A pattern of room ids with its claims in place: the texts between its stars.
class RoomPattern {
 public:
  explicit RoomPattern(std::vector<std::string> texts) : texts_(std::move(texts)) {}
  /// Linear in the room id for each star; ids are at most 128 bytes.
  [[nodiscard]] bool matches(std::string_view room_id) const;
  /// Whether it has no star, so that it matches one room at most.
  [[nodiscard]] bool is_one_room() const { return texts_.size() == 1; }

 private:
  std::vector<std::string> texts_;
};

/// The rights that one pattern grants.
struct RoomRights {
  std::uint8_t bits = 0;            ///< one for each Right
  std::vector<std::string> events;  ///< that may be published; with Right::publish, all may
};

class Capabilities {
 public:
  /// Reads the claim `rooms` from a token's claims, a JSON object. Without that claim: no value, and the token restricts nothing.
  /// If the claim is malformed: an error text, such as "rooms: chat: \"jion\" is not a right". `user_id` replaces {sub}; if it is
  /// empty, the claim `sub` does.
  [[nodiscard]] static std::variant<std::optional<Capabilities>, std::string> from_claims(std::string_view claims,
                                                                                          std::string_view user_id = {});

  /// Returns a JSON object with only those of a token's claims that from_claims() reads: `rooms`, and the texts that its patterns
  /// name. "{}" without the claim `rooms`.
  [[nodiscard]] static std::string claims_needed(std::string_view claims, std::string_view user_id = {});

  /// Whether the token has the right in at least one room.
  [[nodiscard]] bool has(Right right) const;
  [[nodiscard]] bool allows(std::string_view room_id, Right right) const;
  /// Whether one of the patterns is exactly this room; a pattern with a star that matches the room does not count.
  [[nodiscard]] bool names(std::string_view room_id) const;
  [[nodiscard]] bool allows_publish(std::string_view room_id, std::string_view event) const;

 private:
  struct Grant {
    RoomPattern pattern;
    RoomRights rights;
  };

  std::vector<Grant> grants_;
};

}  // namespace dialogue::core
