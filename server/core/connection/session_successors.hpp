// Which session went on with a lost one last, by the lost one's secret. A client that presents a secret again never had the
// WELCOME of the session that went on with it before: that one has the places which the client asks for. Used by the shard of
// the lost session only. docs/decisions/091-resuming-sessions.md
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "server/core/util/delay_queue.hpp"

namespace dialogue::core {

/// Of a shard. Beyond it the oldest is forgotten, and its client waits until the places of the session between are free.
inline constexpr std::size_t kSuccessorsMax = 65'536;

class SessionSuccessors {
 public:
  /// Each is remembered for at least `kept_ms` after its last use, and at most for twice as long.
  explicit SessionSuccessors(std::uint64_t kept_ms) : kept_ms_(kept_ms), due_(kept_ms) {}

  /// A user's session `next` goes on with `secret`. The secret of the session that did so before it; empty: there is none, or it
  /// is another user's.
  [[nodiscard]] std::string record(const std::string& secret, std::string_view user_id, const std::string& next,
                                   std::uint64_t now_ms);
  /// Forgets what is due; returns the next deadline.
  [[nodiscard]] std::uint64_t tick(std::uint64_t now_ms);
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

 private:
  struct Successor {
    std::string user_id, last, before;  ///< the two that went on with it last
    std::uint64_t used_ms = 0;
  };

  std::uint64_t kept_ms_;
  std::map<std::string, Successor> sessions_;  ///< by the lost session's secret
  DelayQueue<std::string> due_;                ///< each of them once
};

}  // namespace dialogue::core
