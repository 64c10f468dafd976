// How a PostgresLog appends: a batch of writes is one call of a function, which is one transaction and one round trip.
#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "server/store/encoding/receipt_bytes.hpp"
#include "server/store/log_rules.hpp"
#include "server/store/postgres/postgres_log.hpp"
#include "server/store/postgres/tables/postgres_producers.hpp"

namespace dialogue::store {
namespace {

using Writes = std::vector<const core::RoomWrite*>;

constexpr std::size_t kWritesPerBatch = 1024;
constexpr std::size_t kBytesPerBatch = 8 << 20;  ///< of payloads, beyond the first write
constexpr int kConflictsMax = 5;

constexpr PostgresStatement kAppend{
    "dialogue_append",
    "SELECT answer, due FROM append_writes($1::bigint, $2::bigint, $3::bytea[], $4::bytea[], $5::bigint[], $6::bigint[], "
    "$7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bytea[], $12::bigint[], $13::bigint[], $14::bigint[], "
    "$15::bigint[], $16::bytea[], $17::bytea[], $18::bytea[], $19::bigint[], $20::bigint[], $21::bytea[], $22::bigint, "
    "$23::bigint)"};

std::size_t bytes_of(const core::RoomWrite& write) {
  return std::accumulate(write.records.begin(), write.records.end(), std::size_t{0},
                         [](std::size_t sum, const core::LogRecord& record) { return sum + record.payload.size(); });
}

/// The columns of a batch: those of its writes, then those of its records.
PostgresParameters parameters_of(const Writes& writes, std::uint64_t writer, std::uint64_t batch) {
  std::vector<std::string_view> tenants, names, news, events, senders, groups, payloads;
  std::vector<std::uint64_t> epochs, firsts, counts, newest, bases, keeps, used, places, sequences, times, group_keeps, deletes;
  std::vector<std::string> texts;
  texts.reserve(writes.size());
  std::uint64_t has_groups = 0;
  for (const core::RoomWrite* write : writes) {
    tenants.push_back(write->key.tenant);
    names.push_back(write->key.room);
    epochs.push_back(write->epoch);
    firsts.push_back(write->records.empty() ? 0 : write->records.front().seq);
    counts.push_back(write->records.size());
    bases.push_back(write->base);
    keeps.push_back(write->keep_ms);
    news.push_back(texts.emplace_back(deltas_to_bytes(write->producers)));
    std::uint64_t oldest_use = write->producers.empty() ? 0 : write->producers[0].used_ms, newest_time = 0;
    for (const core::ProducerDelta& each : write->producers) oldest_use = std::min(oldest_use, each.used_ms);
    for (const core::LogRecord& record : write->records) {
      newest_time = std::max(newest_time, record.timestamp_ms);
      places.push_back(tenants.size());  // SQL counts from 1
      sequences.push_back(record.seq);
      times.push_back(record.timestamp_ms);
      events.push_back(record.event);
      senders.push_back(record.from);
      groups.push_back(record.group_keep == 0 ? std::string_view() : std::string_view(record.group));
      group_keeps.push_back(record.group_keep);
      deletes.push_back(record.deletes ? 1 : 0);
      payloads.push_back(record.payload);
      if (!groups.back().empty()) has_groups = 1;
    }
    used.push_back(oldest_use);
    newest.push_back(newest_time);
  }
  PostgresParameters parameters;
  parameters.add(writer).add(batch).add(tenants).add(names).add(epochs).add(firsts).add(counts).add(newest);
  parameters.add(bases).add(keeps).add(news).add(used).add(places).add(sequences).add(times).add(events);
  parameters.add(senders).add(groups).add(group_keeps).add(deletes).add(payloads).add(has_groups);
  parameters.add(kNewsBytesMax);
  return parameters;
}

/// Cut where it gets too large.
std::vector<Writes> batches_of(const Writes& writes) {
  std::vector<Writes> batches;
  std::size_t bytes = 0;
  for (const core::RoomWrite* write : writes) {
    bytes += bytes_of(*write);
    const bool is_full = !batches.empty() && (batches.back().size() >= kWritesPerBatch || bytes > kBytesPerBatch);
    if (batches.empty() || is_full) {
      batches.emplace_back();
      bytes = bytes_of(*write);
    }
    batches.back().push_back(write);
  }
  return batches;
}

}  // namespace

std::vector<core::StoreStatus> PostgresLog::append(const std::vector<core::RoomWrite>& writes) {
  std::vector<core::StoreStatus> statuses(writes.size(), core::StoreStatus::stale);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < writes.size(); ++i)
    if (is_contiguous(writes[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&writes](std::size_t a, std::size_t b) {
    return std::tie(writes[a].key.tenant, writes[a].key.room) < std::tie(writes[b].key.tenant, writes[b].key.room);
  });
  Writes sorted;
  for (const std::size_t i : order) sorted.push_back(&writes[i]);
  std::size_t at = 0;
  for (const Writes& batch : batches_of(sorted)) {
    const std::vector<core::StoreStatus> some = append_batch(batch);
    note_written(batch, some);
    for (const core::StoreStatus status : some) statuses[order[at++]] = status;
  }
  for (const core::RoomKey& key : std::exchange(to_fold_, {})) fold(key);
  return statuses;
}

// Where a statement is refused for what one of the writes has, each is tried alone.
std::vector<core::StoreStatus> PostgresLog::append_batch(const Writes& writes) {
  const auto all = [&writes](core::StoreStatus status) { return std::vector(writes.size(), status); };
  if (has_failed_) return all(core::StoreStatus::failed);
  const std::uint64_t batch = ++batch_;
  std::optional<Clock::time_point> lost_at;  // since when the outcome is unknown
  for (int conflicts = 0;;) {
    bool is_sent = false;
    try {
      PostgresConnection& now = connection();
      is_sent = true;
      const PostgresResult found = now.run(kAppend, parameters_of(writes, writer_, batch));
      const std::string_view answer = found.bytes(0, 0), due = found.bytes(0, 1);
      std::vector<core::StoreStatus> statuses = all(core::StoreStatus::stale);
      for (std::size_t i = 0; i < writes.size() && i < answer.size(); ++i)
        statuses[i] = static_cast<core::StoreStatus>(answer[i]);
      for (std::size_t i = 0; i < writes.size() && i < due.size(); ++i)
        if (due[i] != 0) to_fold_.push_back(writes[i]->key);
      committed_ = batch;
      return statuses;
    } catch (const PostgresError& error) {
      if (error.is_connection_lost() && is_sent && !lost_at) lost_at = Clock::now();
      if (error.is_connection_lost() && lost_at) {
        if (!wait_for_outcome(*lost_at, error)) return all(core::StoreStatus::failed);
        continue;
      }
      if (error.is_conflict() && ++conflicts < kConflictsMax) continue;
      if (error.is_refused_value() && writes.size() > 1) break;
      if (error.is_damage() && writes.size() > 1) break;
      return all(status_after(error));
    }
  }
  std::vector<core::StoreStatus> statuses;
  for (const core::RoomWrite* each : writes) statuses.push_back(append_batch({each})[0]);
  return statuses;
}

void PostgresLog::note_written(const Writes& writes, const std::vector<core::StoreStatus>& statuses) {
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const core::RoomWrite& write = *writes[i];
    if (statuses[i] != core::StoreStatus::ok) continue;
    clock_ms_ = std::max(clock_ms_, write.clock_ms);
    if (write.records.empty()) continue;
    newest_ms_ = std::max(newest_ms_, write.records.back().timestamp_ms);
    callbacks_.wrote(write.key, {core::StoreStatus::ok, write.epoch, write.records.back().seq});
  }
}

void PostgresLog::fold(const core::RoomKey& key) {
  static_cast<void>(transact_anyhow([&](PostgresConnection& now) {
    const PostgresResult room = now.run(kLockRoom, PostgresParameters().add(key.tenant).add(key.room));
    if (room.number(0, 0) != 0) static_cast<void>(PostgresProducers(now).fold(key.tenant, room.number(0, 0)));
  }));
}

}  // namespace dialogue::store
