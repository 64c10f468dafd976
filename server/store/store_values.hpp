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

/// An answer that has a status and nothing else.
template <typename Answer>
[[nodiscard]] Answer with_status(core::StoreStatus status) {
  Answer answer{};
  answer.status = status;
  return answer;
}

/// The same; of a request that is answered by its status: that.
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

/// What is wrong with a log's state, as part of a sentence; empty: nothing.
[[nodiscard]] std::string fault_of(const core::RoomOpened& opened);

/// The same for a trimmed log.
[[nodiscard]] std::string fault_of(const core::LogTrimmed& trimmed);

/// The same for a follower's wake-up.
[[nodiscard]] std::string fault_of(const LogHead& head);

/// The same for entries of the kept state, which are all of one kind.
[[nodiscard]] std::string fault_of(const KeptList& list, KeptKind kind);

/// The same for a page, whose status becomes `damaged` where it is wrong as a whole. A record whose texts cannot be sent costs
/// itself: it is taken out, and its sequence is among the damaged ones.
[[nodiscard]] std::string mend(core::LogPage& page);

/// The same for a step through a user's records: one that cannot be sent is taken out.
[[nodiscard]] std::string mend(UserPage& page);

// Conversions of answers before they are passed on; each returns the fault.
inline constexpr auto kAsItIs = [](auto&) { return std::string(); };
inline constexpr auto kDamagedIfWrong = [](auto& answer) {
  std::string fault = answer.status == core::StoreStatus::ok ? fault_of(answer) : std::string();
  if (!fault.empty()) answer = with_status<std::decay_t<decltype(answer)>>(core::StoreStatus::damaged);
  return fault;
};
inline constexpr auto kMended = [](auto& page) { return page.status == core::StoreStatus::ok ? mend(page) : std::string(); };

}  // namespace dialogue::store
