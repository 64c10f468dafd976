// The last session that resumed a lost one, by the lost one's secret. If a client presents a secret again, it never received
// the WELCOME of the session that resumed it before: that session has the places which the client requests. Used by the shard
// of the lost session only. docs/decisions/091-resuming-sessions.md
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "server/core/util/delay_queue.hpp"

namespace dialogue::core {

/// The maximum of lost sessions of a shard whose successors are remembered. Beyond it the oldest is forgotten: a client that
/// presents its secret again waits until the places of the session in between are free.
inline constexpr std::size_t kSuccessorsMax = 65'536;

class SessionSuccessors {
 public:
  /// Each is remembered for at least `kept_ms` after its last use, and at most for twice as long.
  explicit SessionSuccessors(std::uint64_t kept_ms) : kept_ms_(kept_ms), due_(kept_ms) {}

  /// Records that the session `next` resumes `secret`. Returns the secret of the session that resumed it before; empty: unknown,
  /// or `next` itself was the one before the last.
  [[nodiscard]] std::string record(const std::string& secret, const std::string& next, std::uint64_t now_ms);
  /// Forgets what is due; returns the next deadline.
  [[nodiscard]] std::uint64_t tick(std::uint64_t now_ms);
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

 private:
  struct Successor {
    std::string last, before;  ///< the last two that resumed it
    std::uint64_t used_ms = 0;
  };

  std::uint64_t kept_ms_;
  std::map<std::string, Successor> sessions_;  ///< by the lost session's secret
  DelayQueue<std::string> due_;                ///< each of them once
};

}  // namespace dialogue::core
