// How a frame is queued for a connection: every one is counted against what may wait unsent for it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

#include "server/core/connection/connection.hpp"
#include "server/core/effects/outbox.hpp"

namespace dialogue {

/// Queues a text of `frames` frames with LF between them.
inline void queue(Outbox& outbox, Connection& to, SharedBytes text, std::uint32_t frames = 1) {
  to.unsent.add(text->size() + kQueuedFrameBytes, outbox.turn());
  outbox.send(to.id, std::move(text), frames);
}

/// Asks to be told when everything that was queued has left; what the connection's rooms owe it is read from their logs then.
inline void await_drain(Outbox& outbox, Connection& connection) {
  if (!std::exchange(connection.awaits_drain, true)) outbox.ask_drained(connection.id);
}

}  // namespace dialogue
