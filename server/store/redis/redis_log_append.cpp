// How a RedisLog appends: the writes of each part are one call of a script, and the calls of all parts are one round trip.
#include <algorithm>
#include <map>
#include <utility>

#include "server/store/encoding/receipt_bytes.hpp"
#include "server/store/log_rules.hpp"
#include "server/store/redis/redis_log.hpp"
#include "server/store/redis/scripts/redis_scripts.hpp"
#include "server/store/redis/tables/redis_producers.hpp"

namespace dialogue::store {
namespace {

constexpr std::size_t kWritesPerCall = 256;
constexpr std::size_t kBytesPerCall = 1 << 20;        ///< of payloads beyond the first write: it blocks other clients of Redis
constexpr std::size_t kBytesPerRound = 8 << 20;       ///< the same for all calls that are sent together
constexpr std::size_t kWriteBytesMax = 256ULL << 20;  ///< Redis takes no text of 512 MiB

std::size_t script_bytes_of(const core::RoomWrite& write) {
  std::size_t bytes = 0;
  for (const core::LogRecord& record : write.records)
    bytes += record.payload.size() + record.group.size() + record.event.size() + record.from.size();
  return bytes;
}

void add_write(std::vector<std::string>& arguments, const core::RoomWrite& write) {
  std::uint64_t oldest_use = write.producers.empty() ? 0 : write.producers[0].used_ms, newest_time = 0;
  for (const core::ProducerDelta& each : write.producers) oldest_use = std::min(oldest_use, each.used_ms);
  for (const core::LogRecord& record : write.records) newest_time = std::max(newest_time, record.timestamp_ms);
  arguments.push_back(RedisKeys::name_of(write.key));
  for (const std::uint64_t number : {write.epoch, write.records.empty() ? 0 : write.records.front().seq,
                                     std::uint64_t{write.records.size()}, write.base, write.keep_ms})
    arguments.push_back(std::to_string(number));
  arguments.push_back(deltas_to_bytes(write.producers));
  for (const std::uint64_t number : {oldest_use, newest_time, kNewsBytesMax}) arguments.push_back(std::to_string(number));
  for (const core::LogRecord& record : write.records) {
    arguments.push_back(std::to_string(record.timestamp_ms));
    arguments.push_back(record.from);
    arguments.push_back(record.group_keep == 0 ? std::string() : record.group);
    arguments.push_back(std::to_string(record.group_keep));
    arguments.push_back(record.event);
    arguments.emplace_back(record.deletes ? "1" : "0");
    arguments.push_back(record.payload);
  }
}

/// The writes that one call takes, from those that are left of a part.
std::vector<std::size_t> take_call(const std::vector<core::RoomWrite>& writes, std::vector<std::size_t>& left) {
  std::size_t count = 0, bytes = 0;
  for (; count < left.size() && count < kWritesPerCall; ++count) {
    bytes += script_bytes_of(writes[left[count]]);
    if (count > 0 && bytes > kBytesPerCall) break;
  }
  const auto end = left.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<std::size_t> taken(left.begin(), end);
  left.erase(left.begin(), end);
  return taken;
}

}  // namespace

std::vector<core::StoreStatus> RedisLog::append(const std::vector<core::RoomWrite>& writes) {
  std::vector<core::StoreStatus> statuses(writes.size(), core::StoreStatus::stale);
  std::map<std::size_t, Places> left;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    if (script_bytes_of(writes[i]) > kWriteBytesMax)
      statuses[i] = core::StoreStatus::damaged;
    else if (is_contiguous(writes[i]))
      left[RedisKeys::part_of(writes[i].key)].push_back(i);
  }
  while (!left.empty()) {
    std::vector<Places> places;
    std::vector<RedisCall> calls;
    std::size_t bytes = 0;
    for (auto at = left.begin(); at != left.end() && bytes < kBytesPerRound;) {
      std::vector<std::string> arguments;
      for (const std::size_t i : places.emplace_back(take_call(writes, at->second))) {
        add_write(arguments, writes[i]);
        bytes += script_bytes_of(writes[i]);
      }
      calls.push_back(numbered(redis_scripts().append, {keys_.part(at->first)}, std::move(arguments)));
      at = at->second.empty() ? left.erase(at) : std::next(at);
    }
    const std::vector<Outcome> outcomes = ask(calls);
    for (std::size_t i = 0; i < outcomes.size(); ++i) append_part(writes, places[i], outcomes[i], statuses);
  }
  for (const core::RoomKey& key : std::exchange(to_fold_, {}))
    static_cast<void>(attempt([&] { return fold(key) ? core::StoreStatus::ok : core::StoreStatus::stale; }));
  return statuses;
}

// Where Redis refuses a call for what one of its writes has, each is tried alone. Where history was lost all are stale.
void RedisLog::append_part(const std::vector<core::RoomWrite>& writes, const Places& places, const Outcome& outcome,
                           std::vector<core::StoreStatus>& statuses) {
  if (outcome.status == core::StoreStatus::damaged && places.size() > 1) {
    for (const std::size_t i : places) {
      std::vector<std::string> arguments;
      add_write(arguments, writes[i]);
      const std::string part = keys_.part(writes[i].key);
      append_part(writes, {i}, ask({numbered(redis_scripts().append, {part}, std::move(arguments))})[0], statuses);
    }
    return;
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    core::StoreStatus& status = statuses[places[i]];
    const bool is_told = outcome.status == core::StoreStatus::ok && outcome.answer.size() == places.size();
    const char told = is_told ? outcome.answer[i] : 's';
    status = outcome.status != core::StoreStatus::ok ? outcome.status
             : told == 'o' || told == 'f'            ? core::StoreStatus::ok
             : told == 'd'                           ? core::StoreStatus::damaged
                                                     : core::StoreStatus::stale;
    if (told == 'f') to_fold_.push_back(writes[places[i]].key);
    if (status == core::StoreStatus::ok) note_written(writes[places[i]]);
  }
}

void RedisLog::note_written(const core::RoomWrite& write) {
  clock_ms_ = std::max(clock_ms_, write.clock_ms);
  if (write.records.empty()) return;
  newest_ms_ = std::max(newest_ms_, write.records.back().timestamp_ms);
  callbacks_.wrote(write.key, {core::StoreStatus::ok, write.epoch, write.records.back().seq});
}

}  // namespace dialogue::store
