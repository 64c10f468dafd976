// What a PostgresLog does when there is time: the rows of erased rooms, old records and producers of rooms that are not opened,
// and rooms that have been empty for long. Several servers may do it at once: each step locks what it changes.
#include <algorithm>

#include "server/core/log/producer_key.hpp"
#include "server/store/log_rules.hpp"
#include "server/store/postgres/postgres_log.hpp"
#include "server/store/postgres/tables/postgres_producers.hpp"

namespace dialogue::store {
namespace {

constexpr PostgresStatement kDropGarbage{"dialogue_drop_garbage", "SELECT drop_garbage($1::bigint)"};
constexpr PostgresStatement kSweep{
    "dialogue_sweep",
    "SELECT t.base, t.more, r.keep_ms, r.head, r.timestamp_ms FROM room AS r, LATERAL trim_room(r.tenant, r.name, $3::bigint, "
    "CASE WHEN r.keep_ms > 0 AND r.keep_ms < $4::bigint THEN $4 - r.keep_ms ELSE 0 END, NULL, NULL, $5::bigint) AS t "
    "WHERE r.tenant = $1::bytea AND r.name = $2::bytea"};
constexpr PostgresStatement kSetTime{
    "dialogue_set_time",
    "UPDATE room SET timestamp_ms = $3::bigint WHERE tenant = $1::bytea AND name = $2::bytea AND timestamp_ms = 0"};
constexpr PostgresStatement kHasProducers{
    "dialogue_has_producers",
    "SELECT EXISTS (SELECT FROM producer WHERE tenant = $1::bytea AND room = $2::bigint) OR "
    "EXISTS (SELECT FROM news WHERE tenant = $1 AND room = $2)"};

std::uint64_t before(std::uint64_t now_ms, std::uint64_t age_ms) { return now_ms - std::min(now_ms, age_ms); }

}  // namespace

bool PostgresLog::tidy() {
  if (has_failed_) return false;
  if (has_garbage_) {
    const core::StoreStatus outcome = transact_anyhow([&](PostgresConnection& now) {
      has_garbage_ = now.run(kDropGarbage, PostgresParameters().add(std::uint64_t{kTrimRecordsMax})).number(0, 0) != 0;
    });
    if (outcome != core::StoreStatus::ok) has_garbage_ = false;  // tried again after the next start or erase
    return outcome == core::StoreStatus::ok;
  }
  if (newest_ms_ < next_round_ms_ || newest_ms_ == 0) return false;
  bool is_round_over = false;
  core::RoomKey swept_to;
  const core::StoreStatus outcome = transact_anyhow([&](PostgresConnection& now) {
    swept_to = swept_to_;
    const std::vector<PostgresReader::Room> rooms = PostgresReader(now).rooms_after(swept_to, kRoomsPerSweepStep);
    is_round_over = rooms.size() < kRoomsPerSweepStep;
    std::uint64_t rows_left = kTrimRecordsMax;
    for (const PostgresReader::Room& each : rooms) {
      sweep_room(now, each, rows_left);
      if (rows_left == 0) {
        is_round_over = false;  // this room again in the next step
        return;
      }
      swept_to = each.key;
    }
  });
  swept_to_ = swept_to;
  if (outcome == core::StoreStatus::ok && !is_round_over) return true;
  swept_to_ = {};
  next_round_ms_ = newest_ms_ + kSweepPauseMs;
  return false;
}

void PostgresLog::sweep_room(PostgresConnection& now, const PostgresReader::Room& room, std::uint64_t& rows_left) {
  enum Column : int { kBase, kMore, kKeep, kHead, kTime };
  const core::RoomKey& key = room.key;
  const PostgresResult found =
      now.run(kSweep, PostgresParameters().add(key.tenant).add(key.room).add(room.epoch).add(clock_ms_).add(rows_left));
  if (found.rows() == 0) return;
  const std::uint64_t base = found.number(0, kBase), head = found.number(0, kHead), time_ms = found.number(0, kTime);
  bool has_more = found.number(0, kMore) != 0;
  PostgresProducers producers(now);
  const PostgresProducers::Age age{before(clock_ms_, kProducerAgeMs), before(clock_ms_, core::kPageProducerAgeMs)};
  has_more = producers.drop_old(key.tenant, room.id, base, age, rows_left) == rows_left || has_more;
  // Erased before anything was written: its time begins here.
  if (time_ms == 0) now.run(kSetTime, PostgresParameters().add(key.tenant).add(key.room).add(newest_ms_));
  const bool is_expired = base > head && time_ms > 0 && time_ms + kEmptyRoomKeptMs < newest_ms_;
  if (is_expired && !has_more) {
    const PostgresProducers::Age all{before(newest_ms_, kEmptyRoomKeptMs), 0};
    has_more = producers.drop_old(key.tenant, room.id, base, all, rows_left) == rows_left;
    const PostgresParameters its = PostgresParameters().add(key.tenant).add(room.id);
    if (!has_more && now.run(kHasProducers, its).number(0, 0) == 0) {
      now.run(kForgetRoom, PostgresParameters().add(key.tenant).add(key.room));
      has_garbage_ = true;
    }
  }
  if (has_more) rows_left = 0;
}

}  // namespace dialogue::store
