// Observes which sessions a drain ends, and which of them reconnect to the next server. It decides nothing, so a replay omits
// it.
#pragma once
#include <string_view>

#include "server/core/util/time.hpp"

namespace dialogue::core {

/// Called within inputs, on the threads of all shards concurrently; must not block.
class DrainWatch {
 public:
  DrainWatch() = default;
  DrainWatch(const DrainWatch&) = delete;
  DrainWatch& operator=(const DrainWatch&) = delete;
  virtual ~DrainWatch() = default;

  /// Called when a session was sent BYE with `draining`. `secret`: with it the session can be resumed; empty: it cannot.
  virtual void notified(std::string_view secret, Time now) = 0;
  /// Called when a session begins whose HELLO had this secret. Returns whether the last drain ended the session of the secret.
  [[nodiscard]] virtual bool returned(std::string_view secret, Time now) = 0;
  /// Called when a session that returned has joined a room. `misses_events`: it does not receive all events that follow its
  /// position, for example because the log no longer has them.
  virtual void joined(bool misses_events) = 0;
  /// Called when a session that returned has sent a publication again that was in the log already.
  virtual void repeated() = 0;
};

}  // namespace dialogue::core
