// Refresh tokens change at each use. An answer may be lost, and two tabs may refresh at once, so the token before stays good for
// a minute and is answered by the same successor; any older one was copied, and ends its session. Pure.
#pragma once
#include <cstdint>

namespace chat {

inline constexpr std::uint64_t kRotationGraceS = 60;
inline constexpr std::uint64_t kSessionIdleS = 30ULL * 24 * 3600, kSessionLifeS = 180ULL * 24 * 3600;

/// What is kept of a session. Times are Unix seconds.
struct SessionState {
  std::uint64_t generation = 1;  ///< of the newest token
  std::uint64_t rotated_s = 0;   ///< when that was made
  std::uint64_t created_s = 0;
  bool has_ended = false;
};

enum class Rotation : std::uint8_t {
  rotate,  ///< the newest token: make the next one
  repeat,  ///< the one before, within the grace: answer with the newest
  reuse,   ///< an older one: end the session
  ended,   ///< the session is over, or was unused for too long
};

[[nodiscard]] constexpr bool is_alive(const SessionState& session, std::uint64_t now_s) {
  return !session.has_ended && now_s < session.rotated_s + kSessionIdleS && now_s < session.created_s + kSessionLifeS;
}

[[nodiscard]] constexpr Rotation judge(const SessionState& session, std::uint64_t presented, std::uint64_t now_s) {
  if (!is_alive(session, now_s) || presented > session.generation) return Rotation::ended;
  if (presented == session.generation) return Rotation::rotate;
  const bool is_in_grace = presented + 1 == session.generation && now_s <= session.rotated_s + kRotationGraceS;
  return is_in_grace ? Rotation::repeat : Rotation::reuse;
}

}  // namespace chat
