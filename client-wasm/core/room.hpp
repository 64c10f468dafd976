// What the client knows of one room: whether it is a member, up to where it has seen the log, what it still has to publish.
// A plain value, owned by Client. Not thread-safe.
#pragma once
#include <cstdint>

#include "client-wasm/core/connection.hpp"
#include "client-wasm/core/outbox.hpp"

namespace dialogue::client {

/// A place in a room's log. Always used as a pair: a sequence means nothing in another epoch.
struct Position {
  std::uint64_t epoch = 0, sequence = 0;
};

struct Room {
  enum class Phase : std::uint8_t { away, joining, joined, leaving };

  Phase phase = Phase::away;
  bool wanted = false;             ///< the application is, or wants to be, a member: rejoin whenever it can be done
  bool is_positioned = false;      ///< `position` is known: a rejoin goes on from there
  JoinFrom from = JoinFrom::tail;  ///< what the first JOIN asks for
  Position asked;                  ///< and from where; JoinFrom::last keeps its count in `sequence`
  Position position;               ///< the newest sequence that was seen or skipped
  Ticket join_ticket = 0;          ///< the application waits for its first JOINED; 0 afterwards
  Ticket leave_ticket = 0;
  std::uint32_t request = 0;    ///< `req` of the JOIN under way
  std::uint64_t number = 0;     ///< what the server calls the room; 0 while not a member
  std::uint64_t rejoin_at = 0;  ///< a refused rejoin is not tried again before that time
  std::uint64_t resend_at = 0;  ///< nothing is published before that time
  Outbox outbox;
};

}  // namespace dialogue::client
