// A user's consumption of the limits on publications. All of a user's connections on a shard share one, and it moves with the
// user from connection to connection (UserSessions), so that reconnecting does not reset it. A value; used by its shard only.
// docs/decisions/226-limits-per-user.md
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "server/core/util/rate_meter.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

/// The maximum of rooms for which a user's use of the room's limit is remembered: by default as many as a connection may be in.
/// Beyond it, the room whose allowance would be whole again first is forgotten.
inline constexpr std::size_t kAllowanceRoomsMax = 128;

class Allowance {
 public:
  /// Whether definitions limit publications at all. Without a limit no allowance is needed.
  [[nodiscard]] static bool is_needed(const Definitions& definitions) {
    return definitions.rate_limit_global || !definitions.rate_limit_per_room.empty() ||
           definitions.client_limits.bytes_per_second;
  }

  /// Counts a publication of `bytes` in a room with the limit `here` if every limit allows it, and returns 0. Otherwise counts
  /// nothing and returns the time in ms until it is allowed.
  [[nodiscard]] std::uint64_t take(const Definitions& definitions, std::string_view room, const std::optional<RateLimit>& here,
                                   std::size_t bytes, std::uint64_t now_ms) {
    const auto& everywhere = definitions.rate_limit_global;
    const auto volume = per_second(definitions.client_limits.bytes_per_second);
    const auto used = rooms_.find(room);
    std::uint64_t wait_ms = everywhere ? published_.wait_ms(*everywhere, now_ms) : 0;
    if (here) wait_ms = std::max(wait_ms, (used == rooms_.end() ? RateMeter() : used->second.meter).wait_ms(*here, now_ms));
    if (volume) wait_ms = std::max(wait_ms, bytes_.wait_ms(*volume, now_ms));
    if (wait_ms > 0) return wait_ms;
    if (everywhere) published_.take(*everywhere, now_ms);
    if (here) (used == rooms_.end() ? add(room, *here, now_ms) : used->second).meter.take(*here, now_ms);
    if (volume) bytes_.take(*volume, now_ms, bytes);
    return 0;
  }

  /// Merges the use of another allowance of the same user: the greater use counts.
  void merge(const Allowance& other, std::uint64_t now_ms) {
    published_.merge(other.published_);
    bytes_.merge(other.bytes_);
    for (const auto& [room, use] : other.rooms_) {
      const auto mine = rooms_.find(room);
      (mine == rooms_.end() ? add(room, use.limit, now_ms) : mine->second).meter.merge(use.meter);
    }
  }

  /// Returns after how many ms the whole allowance is available again; 0: it is available now.
  [[nodiscard]] std::uint64_t whole_in_ms(const Definitions& definitions, std::uint64_t now_ms) const {
    std::uint64_t wait_ms = 0;
    const auto wait_for = [&](const RateMeter& meter, const RateLimit& limit) {
      if (limit.max_events > 0) wait_ms = std::max(wait_ms, meter.full_in_ms(limit, now_ms));
    };
    if (definitions.rate_limit_global) wait_for(published_, *definitions.rate_limit_global);
    if (const auto volume = per_second(definitions.client_limits.bytes_per_second)) wait_for(bytes_, *volume);
    for (const auto& [room, use] : rooms_) wait_for(use.meter, use.limit);
    return wait_ms;
  }

  /// What was used, for operators.
  [[nodiscard]] const RateMeter& published() const { return published_; }
  [[nodiscard]] const RateMeter& bytes() const { return bytes_; }

  /// Rooms that are remembered.
  [[nodiscard]] std::size_t rooms() const { return rooms_.size(); }

 private:
  struct Use {
    RateLimit limit;
    RateMeter meter;
  };

  Use& add(std::string_view room, const RateLimit& limit, std::uint64_t now_ms) {
    if (rooms_.size() >= kAllowanceRoomsMax) {
      std::erase_if(rooms_, [now_ms](const auto& each) { return each.second.meter.is_fresh(each.second.limit, now_ms); });
      if (rooms_.size() >= kAllowanceRoomsMax)
        rooms_.erase(std::min_element(rooms_.begin(), rooms_.end(), [now_ms](const auto& a, const auto& b) {
          return a.second.meter.full_in_ms(a.second.limit, now_ms) < b.second.meter.full_in_ms(b.second.limit, now_ms);
        }));
    }
    return rooms_.emplace(std::string(room), Use{limit, {}}).first->second;
  }

  RateMeter published_, bytes_;
  std::map<std::string, Use, std::less<>> rooms_;
};

}  // namespace dialogue::core
