// The application's requests to the server without a final answer: publications, subscriptions, lists, permissions, pages of
// history. A plain value.
//
// A publication's number is assigned when it is first sent, counts from 1 per room and producer, and stays the same until it is
// answered. The server refuses numbers out of order and recognizes repeated ones, so sending again is always safe.
#pragma once
#include <cstdint>

#include "client-wasm/core/action.hpp"
#include "client-wasm/core/list.hpp"

namespace dialogue::client {

/// Which publications get their numbers first, of those that have none yet. In order within a priority.
enum class Priority : std::uint8_t { high, normal, low };

struct Pending {
  Ticket ticket = 0;
  RoomHandle room = kNoRoom;  ///< kNoRoom: it is about none, and needs no membership
  FrameType type{};           ///< publish, subscribe, unsubscribe or history; without a room list or can
  Priority priority = Priority::low;
  bool is_forward = false;     ///< of history: from `sequence` on, not up to it
  bool is_volatile = false;    ///< a publication that is not in the log: it has no number and is never sent twice
  bool in_flight = false;      ///< sent over the present connection, unanswered
  bool is_restored = false;    ///< an earlier page has left it
  bool maybe_taken = false;    ///< a publication whose answer was lost with a connection: the server may have accepted it
  bool is_first = false;       ///< the server was notified that all before it are answered
  std::uint32_t event = 0;     ///< of a publication: its number in the server's catalogue; of history how many
  std::uint64_t sent_ms = 0;   ///< of a publication: when it was first sent, or earlier
  std::uint64_t sequence = 0;  ///< producer number, 0 until first sent; of history where it begins; of a subscription its event
};

/// Whether the server may have accepted this publication. A retryable refusal reveals nothing about earlier attempts.
[[nodiscard]] constexpr bool is_doubtful(const Pending& pending) {
  return pending.type == FrameType::publish && (pending.maybe_taken || pending.in_flight);
}

/// The pending publications and requests, in the order in which they are sent.
using Outbox = List<Pending>;

}  // namespace dialogue::client
