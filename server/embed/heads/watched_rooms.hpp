// Which rooms' publications are wanted, and those that came: written and read by the shards' threads and by the thread of the
// board. Costs a load where no room is watched.
#pragma once
#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/messages/hooks.hpp"
#include "server/heads/head_board.hpp"

namespace dialogue {

class WatchedRooms {
 public:
  static constexpr std::size_t kMovesMax = 65'536;  ///< that wait; with more, rooms are asked again

  struct Moves {
    std::vector<heads::Move> all;
    bool has_lost = false;
  };

  void watch(std::string_view room, bool is_watched) {
    const std::lock_guard lock(mutex_);
    if (is_watched)
      rooms_.emplace(room);
    else
      rooms_.erase(std::string(room));
    count_ = rooms_.size();
  }
  /// Whether it is the first that waits.
  [[nodiscard]] bool add(const core::Publication& publication) {
    if (count_ == 0 || publication.seq == 0) return false;
    const std::lock_guard lock(mutex_);
    if (rooms_.find(publication.room_id) == rooms_.end()) return false;
    const bool is_first = moves_.all.empty() && !moves_.has_lost;
    if (moves_.all.size() >= kMovesMax) {
      moves_.has_lost = true;
      return is_first;
    }
    moves_.all.push_back({std::string(publication.room_id),
                          {publication.epoch, publication.seq, publication.timestamp_ms, std::string(publication.event),
                           std::string(publication.from)}});
    return is_first;
  }
  [[nodiscard]] Moves take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(moves_, {});
  }
  [[nodiscard]] bool is_empty() const { return count_ == 0; }

 private:
  std::mutex mutex_;
  std::set<std::string, std::less<>> rooms_;
  Moves moves_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace dialogue
