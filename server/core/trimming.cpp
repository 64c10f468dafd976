// How often a room is looked at follows from how long it keeps things: an eighth of that, within bounds.
#include "server/core/trimming.hpp"

#include <algorithm>
#include <utility>

namespace dialogue {
namespace {

constexpr std::uint64_t kIntervalMinMs = 1000, kIntervalMaxMs = 600'000;
constexpr std::uint64_t kIntervalsPerAge = 8;

std::uint64_t before(std::uint64_t unix_ms, std::uint64_t age_ms) { return unix_ms - std::min(unix_ms, age_ms); }

}  // namespace

std::vector<std::uint64_t> Trimming::due_rooms(std::uint64_t now_ms) {
  std::vector<std::uint64_t> due;
  for (const auto& [id, room] : rooms_.rooms()) {
    const RoomLog& log = room.log;
    if (log.phase == RoomLog::Phase::open) sweep_due_ms_ = now_ms + kSweepMs;
    const bool has_something = log.head >= log.base || log.producers.size() > 0;
    if (log.phase == RoomLog::Phase::open && !log.is_trimming && has_something && now_ms >= log.trim_due_ms)
      due.push_back(room.number());
  }
  return due;
}

void Trimming::trim(Room& room, bool durable, std::uint64_t unix_ms) {
  std::uint64_t shortest_ms = config_.limits.producer_age_ms;
  TrimLog trim;
  trim.key = room.key();
  trim.epoch = room.log.epoch;
  trim.producers_before_ms = before(unix_ms, config_.limits.producer_age_ms);
  if (const auto& age_ms = room.rules()->definition.retention.max_age_ms) {
    trim.before_ms = before(unix_ms, *age_ms);
    shortest_ms = std::min(shortest_ms, *age_ms);
  }
  for (EventRetention::Window& window : events_.windows(room.rules()->events)) {
    trim.windows.push_back({std::move(window.group), before(unix_ms, window.age_ms)});
    shortest_ms = std::min(shortest_ms, window.age_ms);
  }
  room.log.is_trimming = true;
  ++room.work;
  const std::uint64_t pause_ms = std::clamp(shortest_ms / kIntervalsPerAge, kIntervalMinMs, kIntervalMaxMs);
  const std::uint64_t producers_before_ms = trim.producers_before_ms;
  stores_.trim(durable, std::move(trim), [=, this, number = room.number()](LogTrimmed&& trimmed) {
    Room* found = rooms_.find(number);
    if (found == nullptr) return;
    --found->work;
    RoomLog& log = found->log;
    log.is_trimming = false;
    log.trim_due_ms = outbox_.now().monotonic_ms + (trimmed.more ? 0 : pause_ms);
    if (trimmed.status != StoreStatus::ok) return;
    log.base = std::max(log.base, trimmed.base);
    log.producers.forget(producers_before_ms, log.base);
  });
}

}  // namespace dialogue
