// The client's decisions: values that its driver executes, in order. They contain no text: a frame is its integers, and the
// rest of it (a payload, a room id, a token) stays with the driver, which finds it by `reference`. Plain values.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "shared/base/errors.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::client {

/// A number by which the driver names a room. A room id keeps its handle until the driver forgets the room.
using RoomHandle = std::uint32_t;
/// A request or publication that is owed exactly one answer or settle action. Never 0, never used twice.
using Ticket = std::uint32_t;

/// The state that applications see as client.state.
enum class State : std::uint8_t { connecting, connected, reconnecting, closed };

enum class ActionKind : std::uint8_t {
  none,
  open,      ///< open a socket; report opened() or lost()
  drop,      ///< close the socket and report nothing more of it. numbers: close code
  send,      ///< one frame. numbers: its integers, type first. reference: see below
  state,     ///< client.state changed. numbers: State
  welcome,   ///< the WELCOME in hand was taken: user, limits, perhaps a catalogue. numbers: its fingerprint
  joined,    ///< the JOINED in hand was taken. reference: room
  left,      ///< the membership has ended. reference: room. numbers: ErrorCode, 0 when the application asked for it
  deliver,   ///< the EVENT in hand is new. reference: room, or kNoRoom if it was sent to the user
  presence,  ///< the PRESENCE in hand is for this room. reference: room
  gap,       ///< events are missing. reference: room. numbers: first and last missing sequence (0 0 when the log was replaced),
             ///< and the ErrorCode of the reason; 0: unknown
  fault,     ///< an error that no promise reports. numbers: ErrorCode
  answer,    ///< the frame in hand settles this. reference: ticket. numbers: ErrorCode
  settle,    ///< the client itself settles this. reference: ticket. numbers: ErrorCode
  wait,      ///< the server requested a wait, or it is over. numbers: ErrorCode, 0 when over; until when
};

inline constexpr RoomHandle kNoRoom = 0xffffffff;

/// One decision. "In hand" is the frame of the received() call that made it, so drivers take all actions before the next call.
/// For send, `reference` names what follows the integers: the room for JOIN, the ticket for PUBLISH and CAN, the producer's
/// generation for HELLO. PUBLISH's last integer is a publish_mark(), which stands for its `ext`.
struct Action {
  ActionKind kind = ActionKind::none;
  std::uint32_t reference = 0;
  std::uint32_t count = 0;
  std::array<std::uint64_t, kFrameIntegersMax> numbers{};
};

/// Encodes PUBLISH's `ext` as one integer. `is_first`: every earlier publication is answered. `resent_s`: at most how many
/// seconds ago it may have been sent before; 0: it was never sent.
[[nodiscard]] constexpr std::uint64_t publish_mark(bool is_first, std::uint64_t resent_s) {
  return 2 * resent_s + (is_first ? 1 : 0);
}

/// Returns the `ext` of a publish_mark() as text, for native drivers.
[[nodiscard]] inline std::string publish_ext(std::uint64_t mark) {
  if (mark == 0) return "0";
  return "{\"first\":" + std::to_string(mark % 2) + ",\"resent\":" + std::to_string(mark / 2) + "}";
}

}  // namespace dialogue::client
