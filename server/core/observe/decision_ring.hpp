// The last decisions about one connection. A connection has a ring only after its first notable decision, because thousands
// have none. Used by its shard only.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/messages/observation.hpp"
#include "server/core/util/whole_word.hpp"

namespace dialogue::core {

inline constexpr std::size_t kDecisionsKept = 20;

/// What was decided, without its time; the room's id is copied where it is kept.
struct Decided {
  DecisionKind what{};
  std::string_view room{};
  ErrorCode code = ErrorCode::ok;
  std::uint32_t event = kNoEvent;
  std::uint64_t seq = 0, epoch = 0;
  std::uint64_t taken = 0;
  bool is_selective = false;
};

class DecisionRing {
 public:
  /// Adds a decision. If it equals the last one, it increments that one's count instead.
  void add(const Decided& decided, std::uint64_t at_ms) {
    if (!kept_.empty()) {
      Decision& last = kept_[(next_ + kept_.size() - 1) % kept_.size()];
      if (last.what == decided.what && last.code == decided.code && last.event == decided.event && last.room == decided.room &&
          last.epoch == decided.epoch) {
        ++last.count;
        last.at_ms = at_ms;
        last.seq = decided.seq;
        last.taken = decided.taken;
        last.is_selective = decided.is_selective;
        return;
      }
    }
    Decision added{at_ms,         decided.seq,   decided.what,        decided.code, decided.event, 1, std::string(decided.room),
                   decided.epoch, decided.taken, decided.is_selective};
    if (kept_.size() < kDecisionsKept) return kept_.push_back(std::move(added));
    forgotten_ms_ = kept_[next_].at_ms;
    kept_[next_] = std::move(added);
    next_ = (next_ + 1) % kept_.size();
  }

  /// Forgets decisions about rooms that name the user.
  void forget_user(std::string_view user_id) {
    std::rotate(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(next_), kept_.end());
    next_ = 0;
    std::erase_if(kept_, [&](const Decision& each) {
      if (!is_room_naming(each.room, user_id)) return false;
      forgotten_ms_ = std::max(forgotten_ms_, each.at_ms);
      return true;
    });
  }

  /// Returns the time of the last forgotten decision; 0: none was forgotten.
  [[nodiscard]] std::uint64_t forgotten_ms() const { return forgotten_ms_; }

  [[nodiscard]] std::vector<Decision> newest_first() const {
    std::vector<Decision> all;
    for (std::size_t i = kept_.size(); i > 0; --i) all.push_back(kept_[(next_ + i - 1) % kept_.size()]);
    return all;
  }

 private:
  std::vector<Decision> kept_;
  std::uint64_t forgotten_ms_ = 0;
  std::size_t next_ = 0;  ///< the oldest, once all places are taken
};

}  // namespace dialogue::core
