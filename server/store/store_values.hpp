// Whether a store's answer is valid for a log: positions that a JavaScript number holds exactly, in their order, and texts that
// fit into one frame. Checked at the store's answers, so that no store can make the server send data that its clients cannot
// read. Pure functions.
#pragma once
#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "server/store/follow.hpp"
#include "server/store/kept_state.hpp"
#include "server/store/user_data.hpp"

namespace dialogue::store {

/// Returns an answer that has a status and nothing else.
template <typename Answer>
[[nodiscard]] Answer with_status(core::StoreStatus status) {
  Answer answer{};
  answer.status = status;
  return answer;
}

/// Returns the answer to a failed request: `status` itself if the request is answered by a status, else with_status().
template <typename Answer>
[[nodiscard]] Answer failed_with(core::StoreStatus status) {
  if constexpr (std::is_same_v<Answer, core::StoreStatus>)
    return status;
  else
    return with_status<Answer>(status);
}

[[nodiscard]] inline bool is_error(core::StoreStatus status) { return status != core::StoreStatus::ok; }
[[nodiscard]] inline bool is_error(const std::vector<core::StoreStatus>& statuses) {
  return std::any_of(statuses.begin(), statuses.end(), [](core::StoreStatus status) { return is_error(status); });
}
template <typename Answer>
[[nodiscard]] bool is_error(const Answer& answer) {
  return is_error(answer.status);
}

/// Returns what is wrong with a log's state, as part of a sentence; empty: it is valid.
[[nodiscard]] std::string fault_of(const core::RoomOpened& opened);

/// Returns what is wrong with the answer to a trim, as part of a sentence; empty: it is valid.
[[nodiscard]] std::string fault_of(const core::LogTrimmed& trimmed);

/// Returns what is wrong with a follower's wake-up, as part of a sentence; empty: it is valid.
[[nodiscard]] std::string fault_of(const LogHead& head);

/// Returns what is wrong with a list of kept state whose entries must be of the kind `kind`, as part of a sentence; empty: it is
/// valid.
[[nodiscard]] std::string fault_of(const KeptList& list, KeptKind kind);

/// Makes a page valid and returns what was wrong with it, as part of a sentence; empty: it was valid. If its bounds or order are
/// wrong, its status becomes `damaged`. A record whose texts cannot be sent is removed, and its sequence counts as damaged.
[[nodiscard]] std::string mend(core::LogPage& page);

/// Removes the records that cannot be sent from a step through a user's records. Returns what was wrong with the last of them;
/// empty: all can be sent.
[[nodiscard]] std::string mend(UserPage& page);

// Conversions of answers before they are passed on. Each returns what was wrong with the answer.
inline constexpr auto kAsItIs = [](auto&) { return std::string(); };
inline constexpr auto kDamagedIfWrong = [](auto& answer) {
  std::string fault = answer.status == core::StoreStatus::ok ? fault_of(answer) : std::string();
  if (!fault.empty()) answer = with_status<std::decay_t<decltype(answer)>>(core::StoreStatus::damaged);
  return fault;
};
inline constexpr auto kMended = [](auto& page) { return page.status == core::StoreStatus::ok ? mend(page) : std::string(); };

}  // namespace dialogue::store
