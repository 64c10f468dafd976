// How a RedisLog takes rooms from another store.
#include "server/store/redis/redis_log.hpp"
#include "server/store/redis/scripts/redis_scripts.hpp"
#include "server/store/redis/tables/redis_producers.hpp"

namespace dialogue::store {

core::StoreStatus RedisLog::put_room(const RoomPart& part) {
  std::vector<std::string> arguments{RedisKeys::name_of(part.key)};
  for (const std::uint64_t number :
       {part.epoch, part.head, part.base, part.timestamp_ms, part.keep_ms, std::uint64_t{part.records.size()}})
    arguments.push_back(std::to_string(number));
  for (const core::LogRecord& record : part.records) {
    arguments.push_back(std::to_string(record.seq));
    arguments.push_back(std::to_string(record.timestamp_ms));
    arguments.push_back(record.from);
    arguments.push_back(record.group);
    arguments.push_back(record.event);
    arguments.emplace_back(record.deletes ? "1" : "0");
    arguments.push_back(record.payload);
  }
  for (const core::ProducerState& each : part.producers) {
    arguments.push_back(each.key);
    arguments.push_back(std::to_string(each.used_ms));
    arguments.push_back(producer_row(each));
  }
  const Outcome outcome = ask(redis_scripts().put_room, {keys_.part(part.key)}, arguments);
  if (outcome.status != core::StoreStatus::ok) return outcome.status;
  if (outcome.answer == "d") return core::StoreStatus::damaged;
  return outcome.answer == "o" ? core::StoreStatus::ok : core::StoreStatus::stale;
}

}  // namespace dialogue::store
