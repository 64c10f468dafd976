// See join_start.hpp.
#include "server/core/room/join_start.hpp"

#include <algorithm>

#include "server/core/access/access.hpp"

namespace dialogue::core {

metrics::Recovery recovery_of(std::string_view reason) {
  const auto& reasons = metrics::kRecoveryReasons;
  const auto found = std::find(reasons.begin(), reasons.end(), reason);
  return found == reasons.end() ? metrics::Recovery::recovered : static_cast<metrics::Recovery>(found - reasons.begin());
}

JoinStart start_of(const Join& join, const Room& room) {
  const RoomLog& log = room.log;
  const std::uint64_t base = std::max(log.base, first_readable(join.history_from, log.epoch, log.head));
  if (join.start == JoinFrom::tail) return {log.head, base, {}};
  const bool may_read = join.trusted || !missing_right(room.rules()->definition, room.id(), Right::history, *join.identity);
  if (!may_read) {
    const bool misses = join.start == JoinFrom::since && (join.epoch != log.epoch || join.seq != log.head);
    return {log.head, log.head + 1, misses ? "forbidden" : ""};
  }
  if (join.start == JoinFrom::last) return {std::max(base - 1, log.head - std::min(log.head, join.seq)), base, {}};
  if (join.epoch != log.epoch) return {base - 1, base, "epoch_changed"};
  if (join.seq > log.head) return {base - 1, base, "ahead"};
  if (join.seq < base - 1) return {base - 1, base, join.is_denied ? "forbidden" : "trimmed"};
  return {join.seq, base, {}};
}

}  // namespace dialogue::core
