// How a frame is queued for a connection: every one is counted against what may wait unsent for it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

#include "server/core/connection/connection.hpp"
#include "server/core/effects/shard_effects.hpp"

namespace dialogue::core {

/// Queues a text of `frames` frames with LF between them.
inline void queue(ShardEffects& effects, Connection& to, SharedBytes text, std::uint32_t frames = 1) {
  to.unsent.add(text->size() + kQueuedFrameBytes, effects.turn());
  effects.send(to.id, std::move(text), frames);
}

/// Requests a notification when the queue is empty; pending events of the connection's rooms are then read from their logs.
inline void await_drain(ShardEffects& effects, Connection& connection) {
  if (!std::exchange(connection.awaits_drain, true)) effects.ask_drained(connection.id);
}

}  // namespace dialogue::core
