// How the follower of a store on a database server looks at the logs that are followed: in parts, and at all of them once in a
// pause that is at least nine times as long as the last such look took. `Reader` has heads(keys, known) and kept_version(), and
// is made of a connection. Used by one thread.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/store/follow_table.hpp"

namespace dialogue::store {

inline constexpr std::chrono::milliseconds kFollowLookPause{1000};  ///< at least

template <typename Reader>
class FollowLooks {
 public:
  using Clock = std::chrono::steady_clock;
  using Targets = std::vector<FollowTable::Target>;

  /// Reports the changes that it finds to `table`, which must outlive this object.
  explicit FollowLooks(FollowTable& table) : table_(table) {}

  /// Returns when all followed logs are to be checked.
  [[nodiscard]] Clock::time_point due() const { return due_; }
  void look_soon() { due_ = {}; }
  /// As soon as the rest after the last look is over.
  void look_when_rested() { due_ = rested_at_; }

  template <typename Connection>
  void look_at_all(Connection& now) {
    const auto begin = Clock::now();
    std::optional<FollowTable::Target> last;
    for (Targets targets = table_.targets(last, kTargetsPerLook); !targets.empty();
         targets = table_.targets(last, kTargetsPerLook)) {
      last = targets.back();
      look(now, targets);
    }
    const auto end = Clock::now();
    rested_at_ = end + kRestTimes * (end - begin);
    due_ = std::max(begin + kFollowLookPause, rested_at_);
  }

  template <typename Connection>
  void look_at(Connection& now, const Targets& targets) {
    for (std::size_t at = 0; at < targets.size(); at += kTargetsPerLook) {
      const auto from = targets.begin() + static_cast<std::ptrdiff_t>(at);
      look(now, Targets(from, from + static_cast<std::ptrdiff_t>(std::min(kTargetsPerLook, targets.size() - at))));
    }
  }

 private:
  static constexpr std::size_t kTargetsPerLook = 1024;
  static constexpr int kRestTimes = 9;

  template <typename Connection>
  void look(Connection& now, const Targets& targets) {
    Reader reader(now);
    std::vector<core::RoomKey> keys;
    std::vector<std::uint64_t> known;
    for (const FollowTable::Target& each : targets) {
      if (!each.room) {
        const auto kept = reader.kept_version();
        table_.set(std::nullopt, {core::StoreStatus::ok, kept.epoch, kept.seq});
        continue;
      }
      keys.push_back(*each.room);
      known.push_back(each.epoch);
    }
    if (keys.empty()) return;
    const auto heads = reader.heads(keys, known);
    for (std::size_t i = 0; i < keys.size() && i < heads.size(); ++i) {
      const bool is_damaged = heads[i].epoch == 0;  // no log has this epoch
      table_.set(keys[i],
                 is_damaged ? LogHead{core::StoreStatus::damaged} : LogHead{core::StoreStatus::ok, heads[i].epoch, heads[i].seq});
    }
  }

  FollowTable& table_;
  Clock::time_point due_{}, rested_at_{};
};

}  // namespace dialogue::store
