// How a PostgresLog takes rooms from another store.
#include "server/store/postgres/postgres_log.hpp"
#include "server/store/postgres/tables/postgres_producers.hpp"

namespace dialogue::store {
namespace {

constexpr PostgresStatement kPutRoom{
    "dialogue_put_room",
    "INSERT INTO room (tenant, name, seed, base, head, timestamp_ms, swept, keep_ms) "
    "SELECT $1::bytea, $2::bytea, ($3::bigint - 1) # s.identity, $4::bigint, $5::bigint, $6::bigint, $4, $7::bigint "
    "FROM store AS s ON CONFLICT DO NOTHING"};
constexpr PostgresStatement kPlace{"dialogue_place_of_room", "SELECT id, epoch, head FROM lock_room($1::bytea, $2::bytea)"};
constexpr PostgresStatement kPutRecords{
    "dialogue_put_records",
    "INSERT INTO record (tenant, room, seq, timestamp_ms, event, sender, grp, deletes, payload) "
    "SELECT $1::bytea, $2::bigint, x.seq, x.timestamp_ms, x.event, x.sender, x.grp, x.deletes <> 0, x.payload "
    "FROM unnest($3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bigint[], $9::bytea[]) "
    "AS x(seq, timestamp_ms, event, sender, grp, deletes, payload)"};

void put_records(PostgresConnection& now, std::uint64_t room, const RoomPart& part) {
  std::vector<std::uint64_t> sequences, times, deletes;
  std::vector<std::string_view> events, senders, groups, payloads;
  for (const core::LogRecord& record : part.records) {
    sequences.push_back(record.seq);
    times.push_back(record.timestamp_ms);
    events.push_back(record.event);
    senders.push_back(record.from);
    groups.push_back(record.group);
    deletes.push_back(record.deletes ? 1 : 0);
    payloads.push_back(record.payload);
  }
  PostgresParameters parameters;
  parameters.add(part.key.tenant).add(room).add(sequences).add(times).add(events).add(senders).add(groups).add(deletes);
  parameters.add(payloads);
  now.run(kPutRecords, parameters);
}

}  // namespace

core::StoreStatus PostgresLog::put_room(const RoomPart& part) {
  enum Column : int { kId, kEpoch, kHead };
  core::StoreStatus status = core::StoreStatus::ok;
  const core::StoreStatus outcome = transact([&](PostgresConnection& now) {
    now.run(kPutRoom, PostgresParameters()
                          .add(part.key.tenant)
                          .add(part.key.room)
                          .add(part.epoch)
                          .add(part.base)
                          .add(part.head)
                          .add(part.timestamp_ms)
                          .add(part.keep_ms));
    const PostgresResult place = now.run(kPlace, PostgresParameters().add(part.key.tenant).add(part.key.room));
    const bool is_ours = place.number(0, kEpoch) == part.epoch && place.number(0, kHead) == part.head;
    status = is_ours ? core::StoreStatus::ok : core::StoreStatus::stale;
    if (!is_ours) return;
    put_records(now, place.number(0, kId), part);
    PostgresProducers(now).put(part.key.tenant, place.number(0, kId), part.producers);
  });
  return outcome == core::StoreStatus::ok ? status : outcome;
}

}  // namespace dialogue::store
