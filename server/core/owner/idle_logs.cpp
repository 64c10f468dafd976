// See unused_logs.hpp.
#include "server/core/owner/idle_logs.hpp"

namespace dialogue::core {

void IdleLogs::add(const Room& room, std::uint64_t now_ms) {
  const RoomLog& log = room.log;
  const bool was_written = log.head > 0 || log.producers.size() > 0;
  if (log.phase != RoomLog::Phase::open || !was_written) return;
  if (log.base > log.head && log.producers.size() == 0) return erase(room.id());
  TrimLog unused;
  unused.key = room.key();
  unused.epoch = log.epoch;
  unused.is_unused = true;
  stores_.trim(false, std::move(unused), [](LogTrimmed&&) {});
  newest_[room.id()] = ++times_;
  due_.push({room.id(), times_}, now_ms);
  if (due_.size() > kUnusedLogsMax) end(*due_.pop());
}

std::uint64_t IdleLogs::tick(std::uint64_t now_ms) {
  while (const auto entry = due_.pop_due(now_ms)) end(*entry);
  return due_.next_deadline();
}

void IdleLogs::end(const Entry& entry) {
  const auto newest = newest_.find(entry.first);
  if (newest == newest_.end() || newest->second != entry.second) return;
  newest_.erase(newest);
  if (rooms_.find(entry.first) == nullptr) erase(entry.first);
}

void IdleLogs::erase(std::string room_id) {
  newest_.erase(room_id);
  stores_.erase(false, {{}, std::move(room_id)}, [](StoreStatus&&) {});
}

}  // namespace dialogue::core
