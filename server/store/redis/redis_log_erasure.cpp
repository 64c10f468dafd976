// How a RedisLog erases a user, in bounded steps of one script each, and single records. They leave holes
// (docs/decisions/312-erasure.md). A step changes one room at most, so that it happens as a whole.
#include <algorithm>
#include <iterator>
#include <utility>

#include "server/store/redis/redis_log.hpp"
#include "server/store/redis/scripts/redis_scripts.hpp"

namespace dialogue::store {
namespace {

constexpr int kChangesMeanwhileMax = 5;

void add_list(std::vector<std::string>& arguments, const std::vector<std::string>& list) {
  arguments.push_back(std::to_string(list.size()));
  arguments.insert(arguments.end(), list.begin(), list.end());
}

std::vector<std::string> texts_of(const std::vector<std::uint64_t>& numbers) {
  std::vector<std::string> texts;
  for (const std::uint64_t each : numbers) texts.push_back(std::to_string(each));
  return texts;
}

void keep_samples(std::vector<std::string>& samples, UserErased& erased) {
  for (std::string& each : samples)
    if (erased.samples.size() < kSamplesPerStepMax) erased.samples.push_back(std::move(each));
}

}  // namespace

UserErased RedisLog::erase_user(const UserQuery& query) {
  UserErased erased;
  const core::StoreStatus outcome = attempt([&] { return erase_step(query, erased); });
  if (outcome != core::StoreStatus::ok) return {outcome};
  for (const ErasedRoom& room : erased.rooms)
    if (room.is_whole) callbacks_.wrote(room.room, {});
  if (!erased.rooms.empty()) callbacks_.kept_changed();
  return erased;
}

core::StoreStatus RedisLog::erase_step(const UserQuery& query, UserErased& erased) {
  RedisReader reader(connection());
  std::vector<RedisReader::Room> rooms = reader.rooms_after(query.after.room, kRoomsPerUserStepMax);
  const bool are_all = rooms.size() < kRoomsPerUserStepMax;
  std::optional<UserCursor> at;
  if (query.after.seq != UserCursor{}.seq)
    if (const auto its = reader.find_room(query.after.room)) {
      at = query.after;
      rooms.insert(rooms.begin(), *its);
    }
  std::uint64_t looks_left = kRecordsPerStepMax;
  for (const RedisReader::Room& each : rooms) {
    const core::StoreStatus status = erase_in_room(each, query, looks_left, at, erased);
    if (status != core::StoreStatus::ok) return status;
    if (at || !erased.rooms.empty()) {
      erased.next = at.value_or(UserCursor{each.key});
      return core::StoreStatus::ok;
    }
  }
  if (are_all) return end_step(query, erased);
  erased.next = UserCursor{rooms.back().key};
  if (query.notified.empty()) return core::StoreStatus::ok;
  std::vector<std::string> purged;
  for (const std::string& each : query.notified) {
    purged.push_back(std::to_string(static_cast<unsigned>(KeptKind::notice)));
    purged.push_back(each);
  }
  return ask(redis_scripts().purge_kept, {keys_.kept()}, purged).status;
}

core::StoreStatus RedisLog::erase_in_room(const RedisReader::Room& room, const UserQuery& query, std::uint64_t& looks_left,
                                          std::optional<UserCursor>& at, UserErased& erased) {
  if (room.is_damaged) return core::StoreStatus::damaged;
  if (is_erased_whole(room.key, query)) return erase_own_room(room, query, erased);
  const std::uint64_t after = at ? at->seq : 0;
  at.reset();
  for (int tries_left = kChangesMeanwhileMax; tries_left > 0; --tries_left) {
    RedisReader reader(connection());
    RedisReader::Found found = reader.user_in(room.key, query.user_id, true, after, looks_left, kUserRecordsPerStepMax);
    if (found.has_news) {
      if (!fold(room.key)) continue;
      found = reader.user_in(room.key, query.user_id, true, after, looks_left, kUserRecordsPerStepMax);
    }
    if (found.sequences.size() + found.producers.size() > 0) {
      const auto outcome = erase_found(room.key, found, query.notified, erased);
      if (!outcome) continue;
      if (*outcome != core::StoreStatus::ok) return *outcome;
    }
    looks_left -= std::min(looks_left, found.looked_at);
    if (found.stopped_at) at = UserCursor{room.key, *found.stopped_at};
    if (!at && is_named_after(room.key.room, query.user_id))
      erased.named.push_back({room.key.room, reader.has_others(room.key, found.base)});
    return core::StoreStatus::ok;
  }
  return core::StoreStatus::busy;
}

std::optional<core::StoreStatus> RedisLog::erase_found(const core::RoomKey& key, RedisReader::Found& found,
                                                       const std::vector<std::string>& notified, UserErased& erased) {
  ErasedRoom its{key, found.epoch};
  its.records = found.sequences.size();
  its.producers = found.producers.size();
  for (const std::uint64_t seq : found.sequences) add_sequence(its.sequences, seq);
  std::vector<std::string> arguments{RedisKeys::name_of(key), std::to_string(found.epoch), std::to_string(found.folded),
                                     std::to_string(found.news)};
  add_list(arguments, found.producers);
  add_list(arguments, texts_of(found.sequences));
  add_list(arguments, notified);
  const KeptChange notice = kept_change(its);
  const bool has_notice = !its.sequences.empty();
  add_list(arguments, has_notice ? std::vector{notice.key, notice.value.value_or("")} : std::vector<std::string>());
  const Outcome outcome = ask(redis_scripts().erase_records, {keys_.part(key), keys_.kept()}, arguments);
  if (outcome.status != core::StoreStatus::ok) return outcome.status;
  if (outcome.answer == "d") return core::StoreStatus::damaged;
  if (outcome.answer != "o") return std::nullopt;
  if (has_notice) its.notice = notice.key;
  keep_samples(found.samples, erased);
  erased.rooms.push_back(std::move(its));
  return core::StoreStatus::ok;
}

UserErased RedisLog::erase_records(const RecordErasure& what) {
  UserErased erased;
  const core::StoreStatus outcome = attempt([&] {
    for (int tries_left = kChangesMeanwhileMax; tries_left > 0; --tries_left) {
      RedisReader reader(connection());
      if (!reader.find_room(what.room)) return core::StoreStatus::ok;
      RedisReader::Found found;
      const std::vector<std::uint64_t> sequences = sequences_kept(what, [&](std::uint64_t after, std::uint64_t count) {
        found = reader.user_in(what.room, {}, false, after, count, count);
        return found.sequences;
      });
      if (sequences.empty()) return core::StoreStatus::ok;
      found.sequences = sequences;
      found.samples.clear();
      const std::size_t shown = std::min(sequences.size(), kSamplesPerStepMax);
      const RedisReader::Room room{what.room, found.epoch};
      for (core::LogRecord& record :
           reader.records(room, {sequences.begin(), sequences.begin() + static_cast<std::ptrdiff_t>(shown)}))
        found.samples.push_back(std::move(record.payload));
      if (const auto status = erase_found(what.room, found, {}, erased)) return *status;
    }
    return core::StoreStatus::busy;
  });
  if (outcome != core::StoreStatus::ok) return {outcome};
  if (!erased.rooms.empty()) callbacks_.kept_changed();
  return erased;
}

core::StoreStatus RedisLog::erase_own_room(const RedisReader::Room& room, const UserQuery& query, UserErased& erased) {
  RedisReader reader(connection());
  RedisReader::Found found = reader.user_in(room.key, {}, false, 0, kSamplesPerStepMax, kSamplesPerStepMax);
  const std::string name = RedisKeys::name_of(room.key), part = keys_.part(room.key);
  ErasedRoom whole{room.key, found.epoch};
  whole.is_whole = true;
  whole.records = connection().run({"XLEN", part + ":s:" + name}).number();
  std::vector<std::string> arguments{name};
  arguments.insert(arguments.end(), query.notified.begin(), query.notified.end());
  const Outcome outcome = ask(redis_scripts().forget, {part, keys_.kept()}, arguments);
  if (outcome.status != core::StoreStatus::ok) return outcome.status;
  keep_samples(found.samples, erased);
  erased.rooms.push_back(std::move(whole));
  return core::StoreStatus::ok;
}

core::StoreStatus RedisLog::end_step(const UserQuery& query, UserErased& erased) {
  std::vector<std::string> purged;
  const auto add = [&purged](KeptKind kind, const std::string& key) {
    purged.push_back(std::to_string(static_cast<unsigned>(kind)));
    purged.push_back(key);
  };
  for (const std::string& each : query.notified) add(KeptKind::notice, each);
  add(KeptKind::room, room_entry_key({{}, own_room_of(query.user_id)}));
  for (const std::string& whole : query.whole_rooms) add(KeptKind::room, room_entry_key({{}, whole}));
  const Outcome outcome = ask(redis_scripts().purge_kept, {keys_.kept()}, purged);
  if (outcome.status != core::StoreStatus::ok) return outcome.status;
  RedisReader reader(connection());
  for (std::string& defined : rooms_defined_for(reader.list_kept({KeptKind::room}).entries, query.user_id))
    if (!reader.find_room({{}, defined})) erased.named.push_back({std::move(defined)});
  erased.revocations_kept = revocations_of(reader.list_kept({KeptKind::revocation}).entries, query.user_id);
  return core::StoreStatus::ok;
}

}  // namespace dialogue::store
