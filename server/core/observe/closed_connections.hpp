// The connections of a shard that ended last, and why. Those that lagged stay for a while, however many end after them.
// Used by its shard only.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "server/core/messages/observation.hpp"
#include "server/core/util/whole_word.hpp"

namespace dialogue::core {

/// The maximum of closed connections that a server remembers, and of lagging ones beside them; each shard has its share.
inline constexpr std::size_t kClosedKept = 1000, kClosedLaggingKept = 200;
inline constexpr std::uint64_t kClosedLaggingMs = 300'000;
inline constexpr std::size_t kClosedMembershipsKept = 8;

class ClosedConnections {
 public:
  explicit ClosedConnections(std::size_t shards)
      : kept_max_(std::max<std::size_t>(kClosedKept / shards, 1)),
        lagging_max_(std::max<std::size_t>(kClosedLaggingKept / shards, 1)) {}

  /// Adds a connection; called in the order in which they ended.
  void add(ConnectionDetail&& ended) {
    const std::uint64_t now_ms = ended.state.closed_ms;
    while (!lagging_.empty() && lagging_.front().state.closed_ms + kClosedLaggingMs <= now_ms) forget_first(lagging_);
    kept_.push_back(std::move(ended));
    if (kept_.size() <= kept_max_) return;
    if (kept_.front().state.is_lagging && kept_.front().state.closed_ms + kClosedLaggingMs > now_ms) {
      lagging_.push_back(std::move(kept_.front()));
      if (lagging_.size() > lagging_max_) forget_first(lagging_);
      return kept_.pop_front();
    }
    forget_first(kept_);
  }

  /// Forgets the user's connections; and in those of other users what names the user: rooms, decisions about them, the reason.
  void forget_user(const std::string& user_id) {
    for (auto* all : {&lagging_, &kept_}) {
      std::erase_if(*all, [&](const ConnectionDetail& each) {
        if (each.state.user_id != user_id) return false;
        forgotten_ms_ = std::max(forgotten_ms_, each.state.closed_ms);
        return true;
      });
      for (ConnectionDetail& each : *all) forget_mentions(each, user_id);
    }
  }

  /// Returns when the last of the forgotten connections ended; 0: none was forgotten.
  [[nodiscard]] std::uint64_t forgotten_ms() const { return forgotten_ms_; }

  [[nodiscard]] std::size_t size() const { return kept_.size() + lagging_.size(); }

  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (const auto* all : {&lagging_, &kept_})
      for (const ConnectionDetail& each : *all) visit(each);
  }

 private:
  static void forget_mentions(ConnectionDetail& ended, const std::string& user_id) {
    if (has_word(ended.state.reason, user_id)) ended.state.reason.clear();
    std::erase_if(ended.memberships, [&](const MembershipState& each) { return is_room_naming(each.room, user_id); });
    std::erase_if(ended.decisions, [&](const Decision& each) {
      if (!is_room_naming(each.room, user_id)) return false;
      ended.forgotten_ms = std::max(ended.forgotten_ms, each.at_ms);
      return true;
    });
  }
  void forget_first(std::deque<ConnectionDetail>& from) {
    forgotten_ms_ = std::max(forgotten_ms_, from.front().state.closed_ms);
    from.pop_front();
  }

  std::size_t kept_max_, lagging_max_;
  std::uint64_t forgotten_ms_ = 0;
  std::deque<ConnectionDetail> kept_, lagging_;
};

}  // namespace dialogue::core
