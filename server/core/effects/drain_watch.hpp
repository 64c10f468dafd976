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

  /// A session got BYE with `draining`. `secret` is what it resumes with; empty: its client cannot.
  virtual void notified(std::string_view secret, Time now) = 0;
  /// A session began whose HELLO had this secret. Returns whether the last drain ended the session of the secret.
  [[nodiscard]] virtual bool returned(std::string_view secret, Time now) = 0;
  /// Such a session has joined a room. `misses_events`: events behind its position are no longer in the log.
  virtual void joined(bool misses_events) = 0;
  /// Such a session has sent a publication again that the log already had.
  virtual void repeated() = 0;
};

}  // namespace dialogue::core
