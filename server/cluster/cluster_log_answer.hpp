// How answers of the store come to the executor of a ClusterLog. For its sources only.
#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "server/cluster/cluster_log.hpp"

namespace dialogue::cluster {

/// Whether the store has done what it was asked, or said that the log has changed.
[[nodiscard]] inline bool is_served(core::StoreStatus status) {
  return status == core::StoreStatus::ok || status == core::StoreStatus::stale;
}
[[nodiscard]] inline bool is_served(const core::RoomOpened& opened) { return is_served(opened.status); }
[[nodiscard]] inline bool is_served(const core::LogPage& page) { return is_served(page.status); }
[[nodiscard]] inline bool is_served(const std::vector<core::StoreStatus>& statuses) {
  return !statuses.empty() && is_served(statuses.front());
}

[[nodiscard]] inline bool is_served(const core::LogTrimmed& trimmed) { return is_served(trimmed.status); }

template <typename Answer, typename Take>
std::function<void(Answer)> ClusterLog::answer(Take take) {
  return [this, take, post = settings_.post, alive = std::weak_ptr<char>(alive_)](Answer given) {
    post([this, take, alive, given = std::move(given)]() mutable {
      if (alive.expired() || phase_ == Phase::closed) return;
      engine_.answered(is_served(given), settings_.now_ms());
      take(std::move(given));
      is_busy_ = false;
      advance();
    });
  };
}

}  // namespace dialogue::cluster
