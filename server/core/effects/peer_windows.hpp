// How many bytes of events may be on their way from rooms' owner shards to another shard: a window for each pair of shards. What
// does not fit is not sent. Its room is noted, and when there is space again the other shard is notified up to where the log has
// grown; its members read from there. So a slow shard costs the others a bounded mailbox, and its members no event. Used by its
// shard only. docs/decisions/240-unsent-bytes-limit.md
#pragma once
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/shard_message.hpp"

namespace dialogue::core {

inline constexpr std::size_t kPeerWindowBytes = 8 * 1024 * 1024;
inline constexpr std::size_t kTakenStepBytes = 64 * 1024;  ///< handled events are acknowledged in steps of this size

class PeerWindows {
 public:
  explicit PeerWindows(ShardEffects& effects) : effects_(effects), to_(effects.shard_count()), from_(effects.shard_count()) {}

  /// Whether an event of the room may be sent to the shard. If not, the members there read it from the log; a volatile event
  /// (`seq` 0) is lost to them.
  [[nodiscard]] bool admits(std::uint32_t shard, std::uint64_t room, std::uint64_t seq) {
    Window& window = to_[shard];
    if (window.bytes < kPeerWindowBytes && (window.held.empty() || !window.held.contains(room))) return true;
    if (seq != 0) window.held.insert(room);
    return false;
  }
  void sent(std::uint32_t shard, std::size_t bytes) { to_[shard].bytes += bytes; }

  /// Takes note that the other shard has handled events. Returns the rooms to notify it of; empty until it has space.
  [[nodiscard]] std::set<std::uint64_t> take(const DeliversTaken& taken) {
    Window& window = to_[taken.by];
    window.bytes -= taken.bytes;
    if (window.bytes > kPeerWindowBytes / 2) return {};
    return std::exchange(window.held, {});
  }

  /// An event came from the owner shard of this room.
  void received(std::uint64_t room, std::size_t bytes) {
    const std::uint32_t owner = owner_of(room, effects_.shard_count());
    if (owner == effects_.shard() || (from_[owner] += bytes) < kTakenStepBytes) return;
    effects_.post(owner, DeliversTaken{effects_.shard(), std::exchange(from_[owner], 0)});
  }

 private:
  struct Window {
    std::size_t bytes = 0;         ///< sent and not known to be handled
    std::set<std::uint64_t> held;  ///< rooms of which something was not sent
  };
  ShardEffects& effects_;
  std::vector<Window> to_;
  std::vector<std::size_t> from_;  ///< handled and not yet acknowledged
};

}  // namespace dialogue::core
