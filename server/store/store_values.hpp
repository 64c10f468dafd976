// Whether what a store answers is what a log can hold: positions that a JavaScript number holds exactly, in their order, and
// texts that fit into one frame. Checked where answers come in, so that no store can make the server say what its clients cannot
// read. Pure functions.
#pragma once
#include <string>

#include "server/core/log/room_log_types.hpp"
#include "server/store/follow.hpp"
#include "server/store/kept_state.hpp"

namespace dialogue::store {

/// An answer that has a status and nothing else.
template <typename Answer>
[[nodiscard]] Answer with_status(core::StoreStatus status) {
  Answer answer{};
  answer.status = status;
  return answer;
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

}  // namespace dialogue::store
