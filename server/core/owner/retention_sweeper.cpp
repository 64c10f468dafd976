// How often a room is looked at follows from how long it keeps things: an eighth of that, within bounds.
#include "server/core/owner/retention_sweeper.hpp"

#include <algorithm>
#include <utility>

namespace dialogue::core {
namespace {

constexpr std::uint64_t kSoonMs = 1000;  ///< after a log was opened, and after a step that has left something
constexpr std::uint64_t kIntervalMinMs = 1000, kIntervalMaxMs = 600'000;
constexpr std::uint64_t kIntervalsPerAge = 8;

std::uint64_t before(std::uint64_t unix_ms, std::uint64_t age_ms) { return unix_ms - std::min(unix_ms, age_ms); }

}  // namespace

void RetentionSweeper::watch(Room& room) {
  if (!std::exchange(room.log.is_watched, true)) look_again(room, kSoonMs);
}

void RetentionSweeper::look_at(Room& room, bool durable) {
  room.log.is_watched = room.log.phase == RoomLog::Phase::open;
  if (!room.log.is_watched) return;
  const std::uint64_t unix_ms = effects_.steady_unix_ms();
  std::uint64_t shortest_ms = config_.limits.producer_age_ms;
  TrimLog trim;
  trim.key = room.key();
  trim.epoch = room.log.epoch;
  trim.producers_before_ms = before(unix_ms, config_.limits.producer_age_ms);
  trim.page_producers_before_ms = before(unix_ms, kPageProducerAgeMs);
  if (const auto& age_ms = room.rules()->definition.retention.max_age_ms) {
    trim.before_ms = before(unix_ms, *age_ms);
    shortest_ms = std::min(shortest_ms, *age_ms);
  }
  for (EventRetention::Window& window : events_.windows(room.rules()->events)) {
    trim.windows.push_back({std::move(window.group), before(unix_ms, window.age_ms)});
    shortest_ms = std::min(shortest_ms, window.age_ms);
  }
  std::uint64_t pause_ms = std::clamp(shortest_ms / kIntervalsPerAge, kIntervalMinMs, kIntervalMaxMs);
  if (room.log.producers.has_pages()) pause_ms = std::min(pause_ms, kPageProducerAgeMs / 2);
  if (room.log.head < room.log.base && room.log.producers.size() == 0) return look_again(room, pause_ms);
  ++room.work;
  const std::uint64_t producers_before_ms = trim.producers_before_ms, pages_before_ms = trim.page_producers_before_ms;
  stores_.trim(durable, std::move(trim), [=, this, number = room.number()](LogTrimmed&& trimmed) {
    Room* found = rooms_.find(number);
    if (found == nullptr) return;
    --found->work;
    look_again(*found, trimmed.more ? kSoonMs : pause_ms);
    if (trimmed.status != StoreStatus::ok) return;
    RoomLog& log = found->log;
    log.base = std::max(log.base, trimmed.base);
    log.producers.forget(producers_before_ms, log.base, pages_before_ms);
  });
}

}  // namespace dialogue::core
