// See postgres_log.hpp.
#include "server/store/postgres/postgres_log.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "server/store/log_rules.hpp"
#include "server/store/postgres/tables/postgres_producers.hpp"

namespace dialogue::store {
namespace {

constexpr int kTransactionTriesMax = 5;  ///< of a transaction that another one was in the way of
constexpr std::chrono::milliseconds kOutcomePause{100};
constexpr const char* kReadOnly = "25006";  ///< read_only_sql_transaction

constexpr PostgresStatement kIsDone{"dialogue_is_done", "SELECT done FROM is_done($1::bigint, $2::bigint)"};
constexpr PostgresStatement kNoteDone{"dialogue_note_done", "SELECT note_done($1::bigint, $2::bigint, ''::bytea)"};
// Creates the rows before a batch needs them, since a missing row cannot be locked.
constexpr PostgresStatement kMakeRows{
    "dialogue_make_rows",
    "INSERT INTO writer (id, slot, batch, answer) SELECT $1::bigint, g, 0, ''::bytea FROM generate_series(0, 7) AS g "
    "ON CONFLICT DO NOTHING"};
constexpr PostgresStatement kDropOldRows{"dialogue_drop_old_rows",
                                         "DELETE FROM writer WHERE id <> $1::bigint AND seen_at < now() - interval '30 days'"};
constexpr PostgresStatement kNewestBatch{"dialogue_newest_batch", "SELECT max(batch) FROM writer WHERE id = $1::bigint"};
constexpr PostgresStatement kForgetRows{"dialogue_forget_rows", "DELETE FROM writer WHERE id = $1::bigint"};
constexpr PostgresStatement kNoteLoss{"dialogue_note_loss", "SELECT note_incarnation(true)"};
constexpr PostgresStatement kTrim{
    "dialogue_trim",
    "SELECT id, epoch, base, more FROM trim_room($1::bytea, $2::bytea, $3::bigint, $4::bigint, $5::bytea[], $6::bigint[], "
    "$7::bigint)"};
constexpr PostgresStatement kErase{"dialogue_erase", "SELECT erase_room($1::bytea, $2::bytea)"};
constexpr PostgresStatement kPutKept{
    "dialogue_put_kept",
    "SELECT put_kept(''::bytea, $1::bigint[], $2::bytea[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint)"};

std::uint64_t random_number() {
  std::random_device device;
  return (std::uint64_t{device()} << 32 | device()) & (~std::uint64_t{0} >> 1);
}

PostgresParameters kept_parameters(const KeptWrite& write) {
  std::vector<std::uint64_t> kinds, removed, expires, expected;
  std::vector<std::string_view> keys, values;
  for (const KeptChange& change : write.changes) {
    kinds.push_back(static_cast<std::uint64_t>(change.kind));
    keys.push_back(change.key);
    values.push_back(change.value ? std::string_view(*change.value) : std::string_view());
    removed.push_back(change.value ? 0 : 1);
    expires.push_back(change.expires_s);
    expected.push_back(change.expected_version.value_or(~std::uint64_t{0}));
  }
  PostgresParameters parameters;
  parameters.add(kinds).add(keys).add(values).add(removed).add(expires).add(expected).add(write.now_s);
  return parameters;
}

}  // namespace

PostgresLog::PostgresLog(PostgresAddress address, PostgresOptions options, Callbacks callbacks)
    : address_(std::move(address)),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      link_([this] { return connect_to_store(address_); }),
      writer_(random_number()) {}

PostgresLog::~PostgresLog() {
  try {
    if (!has_failed_ && known_made_ > 0) link_.connection().run(kForgetRows, PostgresParameters().add(writer_));
  } catch (const PostgresError&) {}  // another server deletes them after 30 days
}

void PostgresLog::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stopped_.notify_all();
}

void PostgresLog::warn(const std::string& text) const {
  if (options_.warn) options_.warn(text);
}

PostgresConnection& PostgresLog::connection() {
  PostgresConnection& now = link_.connection();
  if (link_.made() == known_made_) return now;
  check_history(now);
  now.run(kMakeRows, PostgresParameters().add(writer_));
  now.run(kDropOldRows, PostgresParameters().add(writer_));
  known_made_ = link_.made();
  if (std::exchange(is_warned_, false) && options_.note) options_.note("PostgreSQL is connected again");
  return now;
}

// A database that was restored to an earlier state, with the same system identifier and timeline, lacks our newest batch.
void PostgresLog::check_history(PostgresConnection& now) {
  if (committed_ == 0) return;
  const PostgresResult newest = now.run(kNewestBatch, PostgresParameters().add(writer_));
  if (newest.number(0, 0) >= committed_) return;
  now.run(kNoteLoss);
  warn("the database lacks events that were acknowledged: it was put back to an older state. Every room begins a new epoch");
  committed_ = 0;
}

core::StoreStatus PostgresLog::status_after(const PostgresError& error) {
  if (error.is_damage() && callbacks_.damaged) callbacks_.damaged(std::string("PostgreSQL reports damage: ") + error.what());
  if (error.state() == kReadOnly) link_.drop();  // perhaps another host of the address accepts writes now
  if (error.is_connection_lost() && !std::exchange(is_warned_, true))
    warn(std::string("the connection to PostgreSQL is lost, publications wait in the clients; reconnecting: ") + error.what());
  else if (!error.is_connection_lost() && !error.is_conflict())
    warn("PostgreSQL refuses a statement (" + error.state() + "): " + error.what());
  return store_status(error);
}

bool PostgresLog::wait_for_outcome(Clock::time_point lost_at, const PostgresError& error) {
  static_cast<void>(status_after(error));
  std::unique_lock lock(mutex_);
  const bool is_stopping = stopped_.wait_for(lock, kOutcomePause, [this] { return is_stopping_; });
  if (!is_stopping && Clock::now() < lost_at + kOutcomeWait) return true;
  has_failed_ = true;
  lock.unlock();
  warn("the store has failed: PostgreSQL did not return in time to say whether the last write is committed");
  return false;
}

core::StoreStatus PostgresLog::transact(const Work& work, bool asks_for_outcome) {
  if (has_failed_) return core::StoreStatus::failed;
  const std::uint64_t batch = ++batch_;
  const PostgresParameters ours = PostgresParameters().add(writer_).add(batch);
  std::optional<Clock::time_point> lost_at;  // since when the outcome is unknown
  int tries_left = kTransactionTriesMax;
  for (;;) {
    PostgresConnection* now = nullptr;
    bool is_committing = false;
    try {
      now = &connection();
      now->begin();
      const bool is_done = now->run(kIsDone, ours).number(0, 0) != 0;
      if (is_done) {
        now->roll_back();
      } else {
        work(*now);
        now->run(kNoteDone, ours);
        is_committing = true;
        now->commit();
      }
      committed_ = batch;
      return core::StoreStatus::ok;
    } catch (const PostgresError& error) {
      if (now != nullptr) now->roll_back();
      if (error.is_connection_lost() && is_committing && !asks_for_outcome) return status_after(error);
      if (error.is_connection_lost() && is_committing && !lost_at) lost_at = Clock::now();
      if (error.is_connection_lost() && lost_at) {
        if (!wait_for_outcome(*lost_at, error)) return core::StoreStatus::failed;
        continue;
      }
      // A connection that an idle time has cost is noticed by its next use.
      const bool may_pass = error.is_conflict() || (error.is_connection_lost() && now != nullptr);
      if (may_pass && --tries_left > 0) continue;
      return status_after(error);
    }
  }
}

core::LogTrimmed PostgresLog::trim(const core::TrimLog& trim) {
  core::LogTrimmed trimmed;
  const core::StoreStatus outcome = transact_anyhow([&](PostgresConnection& now) {
    enum Column : int { kId, kEpoch, kBase, kMore };
    trimmed = {};
    std::vector<std::string_view> groups;
    std::vector<std::uint64_t> before;
    for (const core::TrimLog::Window& window : trim.windows) {
      groups.push_back(window.group);
      before.push_back(window.before_ms);
    }
    const PostgresResult found = now.run(kTrim, PostgresParameters()
                                                    .add(trim.key.tenant)
                                                    .add(trim.key.room)
                                                    .add(trim.epoch)
                                                    .add(trim.before_ms)
                                                    .add(groups)
                                                    .add(before)
                                                    .add(std::uint64_t{kTrimRecordsMax}));
    const std::uint64_t id = found.number(0, kId);
    trimmed.base = found.number(0, kBase);
    trimmed.more = found.number(0, kMore) != 0;
    if (found.number(0, kEpoch) != trim.epoch) trimmed.status = core::StoreStatus::stale;
    if (trimmed.status != core::StoreStatus::ok || id == 0) return;
    const std::uint64_t dropped = PostgresProducers(now).drop_old(
        trim.key.tenant, id, trimmed.base, {trim.producers_before_ms, trim.page_producers_before_ms}, kTrimRecordsMax);
    trimmed.more = trimmed.more || dropped == kTrimRecordsMax;
  });
  if (outcome != core::StoreStatus::ok) return {outcome, 1, false};
  return trimmed;
}

core::StoreStatus PostgresLog::erase(const core::RoomKey& key) {
  const core::StoreStatus outcome = transact([&](PostgresConnection& now) {
    now.run(kErase, PostgresParameters().add(key.tenant).add(key.room));
    now.run(kPutKept, kept_parameters({{{KeptKind::room, room_entry_key(key), std::nullopt}}}));
  });
  if (outcome != core::StoreStatus::ok) return outcome;
  has_garbage_ = true;
  callbacks_.wrote(key, {});
  callbacks_.kept_changed();
  return outcome;
}

core::StoreStatus PostgresLog::put_kept(const KeptWrite& write) {
  bool is_expected = true;
  const PostgresParameters parameters = kept_parameters(write);
  const core::StoreStatus outcome =
      transact([&](PostgresConnection& now) { is_expected = now.run(kPutKept, parameters).number(0, 0) != 0; });
  if (outcome == core::StoreStatus::ok && is_expected) callbacks_.kept_changed();
  return is_expected || outcome != core::StoreStatus::ok ? outcome : core::StoreStatus::stale;
}

}  // namespace dialogue::store
