// How a PostgresLog erases a user, in bounded steps of one transaction each, and single records. They leave holes;
// docs/decisions/312-erasure.md.
#include <algorithm>
#include <utility>

#include "server/store/postgres/postgres_log.hpp"
#include "server/store/postgres/tables/postgres_producers.hpp"

namespace dialogue::store {
namespace {

constexpr PostgresStatement kPurge{"dialogue_purge", "SELECT purge_kept(''::bytea, $1::bigint, $2::bytea)"};
constexpr PostgresStatement kDropRecords{
    "dialogue_drop_records", "DELETE FROM record WHERE tenant = $1::bytea AND room = $2::bigint AND seq = ANY($3::bigint[])"};
constexpr PostgresStatement kCountRecords{
    "dialogue_count_records", "SELECT count(*) FROM record WHERE tenant = $1::bytea AND room = $2::bigint AND seq >= $3::bigint"};
constexpr PostgresStatement kHasOthers{
    "dialogue_has_others",
    "SELECT EXISTS (SELECT FROM record WHERE tenant = $1::bytea AND room = $2::bigint AND seq >= $3::bigint "
    "AND NOT (sender = $4::bytea AND event = $5::bytea))"};
constexpr PostgresStatement kPutNotice{
    "dialogue_put_notice",
    "SELECT put_kept(''::bytea, ARRAY[$1::bigint], ARRAY[$2::bytea], ARRAY[$3::bytea], ARRAY[0::bigint], ARRAY[0::bigint], "
    "ARRAY[-1::bigint], 0)"};

void purge(PostgresConnection& now, KeptKind kind, const std::string& key) {
  now.run(kPurge, PostgresParameters().add(static_cast<std::uint64_t>(kind)).add(key));
}

/// Locks the room's row; returns false if the room is gone.
bool lock(PostgresConnection& now, const core::RoomKey& key) {
  return now.run(kLockRoom, PostgresParameters().add(key.tenant).add(key.room)).number(0, 0) != 0;
}

PostgresParameters from_base(const PostgresReader::Room& room) {
  PostgresParameters parameters;
  parameters.add(room.key.tenant).add(room.id).add(room.base);
  return parameters;
}

bool has_others(PostgresConnection& now, const PostgresReader::Room& room) {
  return now.run(kHasOthers, from_base(room).add(core::kSystemUserId).add(core::kErasedEvent)).number(0, 0) != 0;
}

void keep_samples(const std::vector<core::LogRecord>& records, UserErased& erased) {
  for (const core::LogRecord& record : records) {
    if (erased.samples.size() >= kSamplesPerStepMax) return;
    erased.samples.push_back(record.payload);
  }
}

std::vector<std::uint64_t> first_of(const std::vector<std::uint64_t>& sequences, std::size_t count) {
  return {sequences.begin(), sequences.begin() + static_cast<std::ptrdiff_t>(std::min(count, sequences.size()))};
}

void drop_records(PostgresConnection& now, const PostgresReader::Room& room, const std::vector<std::uint64_t>& sequences,
                  ErasedRoom& found, UserErased& erased) {
  found.records = sequences.size();
  if (sequences.empty()) return;
  keep_samples(PostgresReader(now).records(room, first_of(sequences, kSamplesPerStepMax)), erased);
  now.run(kDropRecords, PostgresParameters().add(room.key.tenant).add(room.id).add(sequences));
  for (const std::uint64_t seq : sequences) add_sequence(found.sequences, seq);
}

/// Ends the erasure in a room: stores a notice of the sequences.
void end_erasing(PostgresConnection& now, ErasedRoom&& found, UserErased& erased) {
  if (!found.sequences.empty()) {
    const KeptChange notice = kept_change(found);
    found.notice = notice.key;
    now.run(kPutNotice,
            PostgresParameters().add(static_cast<std::uint64_t>(notice.kind)).add(notice.key).add(notice.value.value_or("")));
  }
  erased.rooms.push_back(std::move(found));
}

}  // namespace

UserErased PostgresLog::erase_records(const RecordErasure& what) {
  UserErased erased;
  const core::StoreStatus outcome = transact([&](PostgresConnection& now) {
    erased = {};
    if (!lock(now, what.room)) return;
    PostgresReader reader(now);
    const PostgresReader::Room room = reader.room(what.room);
    const auto sequences = sequences_kept(what, [&](std::uint64_t after, std::uint64_t count) {
      return reader.records_of(room, {}, after, count, count).sequences;
    });
    if (sequences.empty()) return;
    ErasedRoom found{room.key, room.epoch};
    drop_records(now, room, sequences, found, erased);
    end_erasing(now, std::move(found), erased);
  });
  if (outcome != core::StoreStatus::ok) return {outcome};
  if (!erased.rooms.empty()) callbacks_.kept_changed();
  return erased;
}

UserErased PostgresLog::erase_user(const UserQuery& query) {
  UserErased erased;
  const core::StoreStatus outcome = transact([&](PostgresConnection& now) {
    erased = {};
    erase_step(now, query, erased);
    if (!erased.next)
      erased.revocations_kept = revocations_of(PostgresReader(now).list_kept({KeptKind::revocation}).entries, query.user_id);
  });
  if (outcome != core::StoreStatus::ok) return {outcome};
  for (const ErasedRoom& room : erased.rooms) {
    has_garbage_ = has_garbage_ || room.is_whole;
    if (room.is_whole) callbacks_.wrote(room.room, {});
  }
  if (!erased.rooms.empty()) callbacks_.kept_changed();
  return erased;
}

void PostgresLog::erase_step(PostgresConnection& now, const UserQuery& query, UserErased& erased) {
  PostgresReader reader(now);
  UserCursor at = query.after;
  ErasureBudget left;
  for (const std::string& each : query.notified) purge(now, KeptKind::notice, each);
  if (at.seq != UserCursor{}.seq && lock(now, at.room) && !erase_in_room(now, at, reader.room(at.room), query, left, erased)) {
    erased.next = at;
    return;
  }
  const std::vector<PostgresReader::Room> rooms = reader.rooms_after(at.room, kRoomsPerUserStepMax);
  for (const PostgresReader::Room& each : rooms) {
    if (!lock(now, each.key)) continue;
    at = {each.key, 0};
    if (!erase_in_room(now, at, reader.room(each.key), query, left, erased)) {
      erased.next = at;
      return;
    }
  }
  if (rooms.size() == kRoomsPerUserStepMax) {
    erased.next = UserCursor{rooms.back().key};
    return;
  }
  purge(now, KeptKind::room, room_entry_key({{}, own_room_of(query.user_id)}));
  for (const std::string& whole : query.whole_rooms) purge(now, KeptKind::room, room_entry_key({{}, whole}));
  for (std::string& defined : rooms_defined_for(reader.list_kept({KeptKind::room}).entries, query.user_id))
    if (reader.room({{}, defined}).id == 0) erased.named.push_back({std::move(defined)});
}

bool PostgresLog::erase_in_room(PostgresConnection& now, UserCursor& at, const PostgresReader::Room& room, const UserQuery& query,
                                ErasureBudget& left, UserErased& erased) {
  if (is_erased_whole(room.key, query)) {
    erase_own_room(now, room, erased);
    return true;
  }
  ErasedRoom found{room.key, room.epoch};
  const auto [of_clients, of_callers] = producer_prefixes(query.user_id);
  PostgresProducers producers(now);
  for (const std::string* prefix : {&of_clients, &of_callers}) {
    const std::uint64_t dropped = producers.drop_of(room.key.tenant, room.id, *prefix, left.drops);
    found.producers += dropped;
    left.drops -= dropped;
  }
  bool is_done = left.drops > 0;
  if (is_done) {
    PostgresReader reader(now);
    const PostgresReader::Found records = reader.records_of(room, query.user_id, at.seq, left.looks, left.drops);
    drop_records(now, room, records.sequences, found, erased);
    left.looks -= records.looked_at;
    left.drops -= found.records;
    is_done = !records.stopped_at;
    at.seq = records.stopped_at.value_or(at.seq);
  }
  if (is_done && is_named_after(room.key.room, query.user_id)) erased.named.push_back({room.key.room, has_others(now, room)});
  if (found.records + found.producers == 0) return is_done;
  end_erasing(now, std::move(found), erased);
  return is_done;
}

// Its rows are garbage, which goes in steps; the room itself has never been.
void PostgresLog::erase_own_room(PostgresConnection& now, const PostgresReader::Room& room, UserErased& erased) {
  ErasedRoom whole{room.key, room.epoch};
  whole.is_whole = true;
  whole.records = now.run(kCountRecords, from_base(room)).number(0, 0);
  PostgresReader reader(now);
  keep_samples(reader.records(room, reader.records_of(room, {}, 0, kSamplesPerStepMax, kSamplesPerStepMax).sequences), erased);
  now.run(kForgetRoom, PostgresParameters().add(room.key.tenant).add(room.key.room));
  erased.rooms.push_back(std::move(whole));
}

}  // namespace dialogue::store
