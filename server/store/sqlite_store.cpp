// See sqlite_store.hpp.
#include "server/store/sqlite_store.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace dialogue {

SqliteStore::SqliteStore(const std::string& path, SqliteOptions options)
    : log_(path, options),
      reading_(open_sqlite_read_only(path, options.vfs)),
      reader_(*reading_, log_.facts()),
      reads_(
          [this](std::vector<ReaderTask> tasks) {
            for (ReaderTask& task : tasks) task(reader_);
          },
          [] { return false; }),
      writes_([this](std::vector<WriterTask> tasks) { work(std::move(tasks)); }, [this] { return log_.tidy(); }) {}

// The reading connection is closed before the writing one, whose closing checkpoints.
SqliteStore::~SqliteStore() {
  reads_.stop();
  writes_.stop();
}

// All appends in one transaction, before the calls that were queued among them: each call would end it, and those who publish
// would wait for as many syncs as there are people who open rooms. Only behind a call for its own room an append stays.
void SqliteStore::work(std::vector<WriterTask> tasks) {
  std::vector<Append> appends;
  std::vector<Call> calls;
  std::set<std::pair<std::string, std::string>> called;  // ordered: clients choose the names
  const auto finish = [&] {
    commit(appends);
    for (const Call& call : calls) call.run(log_);
    calls.clear();
    called.clear();
  };
  for (WriterTask& task : tasks) {
    if (auto* call = std::get_if<Call>(&task)) {
      called.emplace(call->room.tenant, call->room.room);
      calls.push_back(std::move(*call));
      continue;
    }
    Append& append = std::get<Append>(task);
    const bool has_to_wait =
        !called.empty() && std::any_of(append.writes.begin(), append.writes.end(), [&called](const RoomWrite& write) {
          return called.contains({write.key.tenant, write.key.room});
        });
    if (has_to_wait) finish();
    appends.push_back(std::move(append));
  }
  finish();
  log_.checkpoint_when_due();
}

void SqliteStore::commit(std::vector<Append>& appends) {
  std::vector<RoomWrite> all;
  std::vector<std::size_t> counts;
  for (Append& append : appends) {
    counts.push_back(append.writes.size());
    std::move(append.writes.begin(), append.writes.end(), std::back_inserter(all));
  }
  if (all.empty() && appends.empty()) return;
  const std::vector<StoreStatus> statuses = log_.append(all);
  auto from = statuses.begin();
  for (std::size_t i = 0; i < appends.size(); ++i) {
    const auto to = std::next(from, static_cast<std::ptrdiff_t>(counts[i]));
    appends[i].done({from, to});
    from = to;
  }
  appends.clear();
}

void SqliteStore::append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) {
  const std::size_t count = writes.size();
  const Done<std::vector<StoreStatus>> refuse = done;
  if (!writes_.push(Append{std::move(writes), std::move(done)})) refuse(std::vector(count, StoreStatus::busy));
}

void SqliteStore::open(RoomKey key, Done<RoomOpened> done) {
  const bool is_queued = writes_.push(Call{key, [key, done](SqliteLog& log) { done(log.open(key)); }});
  if (!is_queued) done({StoreStatus::busy, {}});
}

void SqliteStore::trim(TrimLog trim, Done<LogTrimmed> done) {
  const RoomKey key = trim.key;
  const bool is_queued = writes_.push(Call{key, [trim = std::move(trim), done](SqliteLog& log) { done(log.trim(trim)); }});
  if (!is_queued) done({StoreStatus::busy, 1, false});
}

void SqliteStore::erase(RoomKey key, Done<StoreStatus> done) {
  const bool is_queued = writes_.push(Call{key, [key, done](SqliteLog& log) { done(log.erase(key)); }});
  if (!is_queued) done(StoreStatus::busy);
}

void SqliteStore::revoke(KeptRevocation revocation, std::uint64_t now_s, Done<StoreStatus> done) {
  const bool is_queued = writes_.push(
      Call{{}, [revocation = std::move(revocation), now_s, done](SqliteLog& log) { done(log.revoke(revocation, now_s)); }});
  if (!is_queued) done(StoreStatus::busy);
}

void SqliteStore::revocations(Done<KeptRevocations> done) {
  if (!writes_.push(Call{{}, [done](SqliteLog& log) { done(log.revocations()); }})) done({StoreStatus::busy, {}});
}

void SqliteStore::secret(std::string proposed, Done<KeptSecret> done) {
  const auto call = [proposed = std::move(proposed), done](SqliteLog& log) { done(log.secret(proposed)); };
  if (!writes_.push(Call{{}, call})) done({StoreStatus::busy, {}});
}

void SqliteStore::read(ReadRange range, Done<LogPage> done) {
  const bool is_queued = reads_.push([range = std::move(range), done](SqliteReader& reader) { done(reader.read(range)); });
  if (!is_queued) done({StoreStatus::busy, 1, 0, 1, 0, {}});
}

}  // namespace dialogue
