// See sqlite_store.hpp.
#include "server/store/sqlite/sqlite_store.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace dialogue::store {
namespace {

constexpr int kWalPagesForCheckMax = 8192;  ///< 32 MiB: half of what is alarming

}  // namespace

SqliteStore::SqliteStore(const std::string& path, SqliteOptions options)
    : path_(path),
      log_(path, options),
      readers_(path, options.vfs, log_.facts()),
      follows_(path, options.vfs, options.warn),
      writes_([this](std::vector<WriterTask> tasks) { work(std::move(tasks)); }, [this] { return log_.tidy(); }),
      scrub_(path, options.vfs,
             [this](auto run) {
               return writes_.push(Call{{}, std::move(run)});
             }),
      check_(path, {options.vfs, [this] { return scrub_.is_emptying() || log_.wal_pages() >= kWalPagesForCheckMax; },
                    options.warn, options.note}) {}

StoreSizes SqliteStore::sizes() const {
  const auto size_of = [](const std::string& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
  };
  return {size_of(path_), size_of(path_ + "-wal")};
}

// The writer first, which hands on to the readers. Connections that read are closed before the one that writes, whose closing
// checkpoints.
SqliteStore::~SqliteStore() {
  check_.stop();
  scrub_.stop();
  follows_.stop();
  writes_.stop();
  readers_.stop();
}

// All appends in one transaction, before what else was queued among them: each call would end it, and those who publish would
// wait for as many syncs as there are people who open rooms. Only behind a call for its own room an append stays.
void SqliteStore::work(std::vector<WriterTask> tasks) {
  std::vector<Append> appends;
  std::vector<Asked> asked;
  std::set<std::pair<std::string, std::string>> called;  // ordered: clients choose the names
  const auto finish = [&] {
    commit(appends);
    run(asked);
    called.clear();
  };
  for (WriterTask& task : tasks) {
    if (auto* call = std::get_if<Call>(&task)) {
      called.emplace(call->room.tenant, call->room.room);
      asked.emplace_back(std::move(*call));
      continue;
    }
    if (auto* trim = std::get_if<Trim>(&task)) {
      called.emplace(trim->trim.key.tenant, trim->trim.key.room);
      asked.emplace_back(std::move(*trim));
      continue;
    }
    Append& append = std::get<Append>(task);
    const bool has_to_wait =
        !called.empty() && std::any_of(append.writes.begin(), append.writes.end(), [&called](const core::RoomWrite& write) {
          return called.contains({write.key.tenant, write.key.room});
        });
    if (has_to_wait) finish();
    appends.push_back(std::move(append));
  }
  finish();
  log_.checkpoint_when_due();
}

// Trims together, except that those of a room stay before and behind its calls.
void SqliteStore::run(std::vector<Asked>& asked) {
  std::vector<Trim> trims;
  for (Asked& each : asked) {
    if (auto* trim = std::get_if<Trim>(&each)) {
      trims.push_back(std::move(*trim));
      continue;
    }
    const Call& call = std::get<Call>(each);
    const bool is_trimmed =
        std::any_of(trims.begin(), trims.end(), [&call](const Trim& trim) { return trim.trim.key == call.room; });
    if (is_trimmed) trim_all(trims);
    call.run(log_);
  }
  trim_all(trims);
  asked.clear();
}

void SqliteStore::trim_all(std::vector<Trim>& trims) {
  std::vector<core::TrimLog> all;
  for (Trim& each : trims) all.push_back(std::move(each.trim));
  const std::vector<core::LogTrimmed> answers = log_.trim_all(all);
  for (std::size_t i = 0; i < trims.size(); ++i) trims[i].done(answers[i]);
  trims.clear();
}

void SqliteStore::commit(std::vector<Append>& appends) {
  std::vector<core::RoomWrite> all;
  std::vector<std::size_t> counts;
  for (Append& append : appends) {
    counts.push_back(append.writes.size());
    std::move(append.writes.begin(), append.writes.end(), std::back_inserter(all));
  }
  if (all.empty() && appends.empty()) return;
  for (const core::RoomWrite& each : all) appended_ += each.records.size();
  const std::vector<core::StoreStatus> statuses = log_.append(all);
  auto from = statuses.begin();
  for (std::size_t i = 0; i < appends.size(); ++i) {
    const auto to = std::next(from, static_cast<std::ptrdiff_t>(counts[i]));
    appends[i].done({from, to});
    from = to;
  }
  appends.clear();
}

void SqliteStore::append(std::vector<core::RoomWrite> writes, Done<std::vector<core::StoreStatus>> done) {
  const std::size_t count = writes.size();
  const Done<std::vector<core::StoreStatus>> refuse = done;
  if (!writes_.push(Append{std::move(writes), std::move(done)})) refuse(std::vector(count, core::StoreStatus::busy));
}

void SqliteStore::open(core::RoomKey key, Done<core::RoomOpened> done) {
  // Through the writer, so that it sees earlier writes; by a reader, so that publishers do not wait for it.
  const auto hand_on = [this, key, done](SqliteLog& log) {
    if (log.has_failed()) return done({core::StoreStatus::failed, {}});
    const bool is_queued = readers_.push(SqliteReaders::Kind::open, read_queue_of(key),
                                         [key, done](SqliteReader& reader) { done(reader.open(key)); });
    if (!is_queued) done({core::StoreStatus::busy, {}});
  };
  if (!writes_.push(Call{key, hand_on})) done({core::StoreStatus::busy, {}});
}

void SqliteStore::trim(core::TrimLog trim, Done<core::LogTrimmed> done) {
  if (!writes_.push(Trim{std::move(trim), done})) done({core::StoreStatus::busy, 1, false});
}

void SqliteStore::erase(core::RoomKey key, Done<core::StoreStatus> done) {
  const bool is_queued = writes_.push(Call{key, [key, done](SqliteLog& log) { done(log.erase(key)); }});
  if (!is_queued) done(core::StoreStatus::busy);
}

void SqliteStore::put_kept(KeptWrite write, Done<core::StoreStatus> done) {
  const auto call = [write = std::move(write), done](SqliteLog& log) { done(log.put_kept(write)); };
  if (!writes_.push(Call{{}, call})) done(core::StoreStatus::busy);
}

void SqliteStore::list_kept(KeptQuery query, Done<KeptList> done) {
  const auto call = [query, done](SqliteLog& log) { done(log.list_kept(query)); };
  if (!writes_.push(Call{{}, call})) done({core::StoreStatus::busy});
}

FollowResult SqliteStore::follow(FollowStart start, FollowWakeUp wake_up) {
  return follows_.follow(std::move(start), std::move(wake_up));
}

void SqliteStore::find_user(UserQuery query, Done<UserPage> done) {
  const bool is_queued = readers_.push(SqliteReaders::Kind::history, "user",
                                       [query = std::move(query), done](SqliteReader& reader) { done(reader.find_user(query)); });
  if (!is_queued) done({core::StoreStatus::busy});
}

void SqliteStore::erase_user(UserQuery query, Done<UserErased> done) {
  const auto call = [this, query = std::move(query), done](SqliteLog& log) {
    const auto began = std::chrono::steady_clock::now();
    UserErased erased = log.erase_user(query);
    erased.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    erased.others_published = std::exchange(appended_, 0) > query.own_records;
    done(std::move(erased));
  };
  if (!writes_.push(Call{{}, call})) done({core::StoreStatus::busy});
}

void SqliteStore::erase_records(RecordErasure what, Done<UserErased> done) {
  const core::RoomKey key = what.room;
  const auto call = [what = std::move(what), done](SqliteLog& log) { done(log.erase_records(what)); };
  if (!writes_.push(Call{key, call})) done({core::StoreStatus::busy});
}

void SqliteStore::list_rooms(core::RoomKey after, Done<RoomsPage> done) {
  const bool is_queued = readers_.push(SqliteReaders::Kind::history, "rooms",
                                       [after = std::move(after), done](auto& reader) { done(reader.list_rooms(after)); });
  if (!is_queued) done({core::StoreStatus::busy});
}

void SqliteStore::put_room(RoomPart part, Done<core::StoreStatus> done) {
  const core::RoomKey key = part.key;
  const auto call = [part = std::move(part), done](SqliteLog& log) { done(log.put_room(part)); };
  if (!writes_.push(Call{key, call})) done(core::StoreStatus::busy);
}

void SqliteStore::scrub(ScrubQuery query, Done<ScrubReport> done) { scrub_.start(std::move(query), std::move(done)); }

void SqliteStore::read(core::ReadRange range, Done<core::LogPage> done) {
  const bool is_catch_up = range.purpose == core::ReadPurpose::catch_up;
  const std::string queue = read_queue_of(range);
  const bool is_queued = readers_.push(is_catch_up ? SqliteReaders::Kind::catch_up : SqliteReaders::Kind::history, queue,
                                       [range = std::move(range), done](SqliteReader& reader) { done(reader.read(range)); });
  if (!is_queued) done({core::StoreStatus::busy, 1, 0, 1, 0, {}});
}

}  // namespace dialogue::store
