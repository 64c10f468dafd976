// The client's state of one room: its membership, its position in the log, the number of its next publication. A plain value,
// owned by Client.
#pragma once
#include <cstdint>

#include "client-wasm/core/action.hpp"
#include "client-wasm/core/connection.hpp"

namespace dialogue::client {

/// A place in a room's log. Always used as a pair: a sequence means nothing in another epoch.
struct Position {
  std::uint64_t epoch = 0, sequence = 0;
};

struct Room {
  enum class Phase : std::uint8_t { away, joining, joined, leaving };
  /// Whether the server may keep a place for the session of a lost connection. `owed`: it may, but the application has left.
  /// The client gives the place back as soon as it can send.
  enum class Place : std::uint8_t { none, held, owed };

  Phase phase = Phase::away;
  Place place = Place::none;
  bool wanted = false;             ///< the application is, or wants to be, a member: rejoin whenever it can be done
  bool is_servers = false;         ///< the server's application has begun the membership, and no JOIN of ours continues it
  bool has_ended = false;          ///< a membership, or the request for one: nothing waits for another until the next join
  bool is_positioned = false;      ///< `position` is known: a rejoin continues from there
  JoinFrom from = JoinFrom::tail;  ///< what the first JOIN asks for
  Ticket join_ticket = 0;          ///< the application waits for its first JOINED; 0 afterwards
  Ticket leave_ticket = 0;         ///< the application waits for LEFT
  Ticket request = 0;              ///< `req` of the JOIN under way, or of the one that releases the place
  Position asked;                  ///< from where the first JOIN asks; JoinFrom::last keeps its count in `sequence`
  Position position;               ///< the newest sequence that was seen or skipped
  std::uint64_t number = 0;        ///< what the server calls the room; 0 while not a member. Before JOINED of ours: its own
  std::uint64_t numbered = 0;      ///< publications of this producer so far, in every epoch: an earlier one may return
  std::uint64_t rejoin_at = 0;     ///< a refused rejoin is not tried again before that time
  std::uint64_t resend_at = 0;     ///< nothing is published before that time; 0: nothing is held
  std::uint64_t credit = 0;        ///< the last sequence that the server knows we are ready to receive
  std::uint32_t unread = 0;        ///< 1 plus the delivered events that wait in the longest iterator; 0 without iterators

  /// Returns when something is to be sent again, if connected; kNever: nothing is.
  [[nodiscard]] constexpr std::uint64_t retry_at() const {
    const std::uint64_t rejoins_at = wanted && phase == Phase::away ? rejoin_at : kNever;
    return resend_at != 0 && resend_at < rejoins_at ? resend_at : rejoins_at;
  }
};

}  // namespace dialogue::client
