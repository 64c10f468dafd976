// See sqlite_scrub.hpp.
#include "server/store/sqlite/sqlite_scrub.hpp"

#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <utility>

#include "server/store/sqlite/sqlite_open.hpp"

namespace dialogue::store {
namespace {

constexpr int kTriesMax = 1200;  ///< of about 50 ms each
constexpr std::chrono::milliseconds kPauseBetweenTries{20};

struct SearchedColumn {
  const char* sql;
  unsigned copies;  ///< so often a value stands in the file: indexes have it again
};

/// All texts that users may have brought into a database. `kept` has indexes by version, by end and of what is removed.
constexpr SearchedColumn kColumns[] = {
    {"SELECT event FROM record", 1},
    {"SELECT sender FROM record", 1},
    {"SELECT payload FROM record", 1},
    {"SELECT grp FROM record WHERE grp <> ''", 2},
    {"SELECT tenant FROM room", 1},
    {"SELECT name FROM room", 1},
    {"SELECT key FROM producer", 1},
    {"SELECT bytes FROM news", 1},
    {"SELECT key FROM kept", 2},
    {"SELECT key FROM kept WHERE expires_s > 0", 1},
    {"SELECT key FROM kept WHERE removed = 1", 1},
    {"SELECT value FROM kept", 1},
};

}  // namespace

void SqliteScrub::start(ScrubQuery query, std::function<void(ScrubReport)> done) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_ || is_under_way_.exchange(true)) return done({core::StoreStatus::busy});
  if (thread_.joinable()) thread_.join();
  thread_ = std::thread([this, query = std::move(query), done = std::move(done)] {
    ScrubReport report;
    try {
      report = scrub(query);
    } catch (const SqliteError& fault) { report.status = store_status(fault); } catch (const std::exception&) {
      report.status = core::StoreStatus::failed;
    }
    is_under_way_ = false;
    done(std::move(report));
  });
}

void SqliteScrub::stop() {
  is_stopping_ = true;
  const std::lock_guard lock(mutex_);
  if (thread_.joinable()) thread_.join();
}

bool SqliteScrub::on_writer(const std::function<bool(SqliteLog&)>& ask) {
  for (int tries = 0; tries < kTriesMax && !is_stopping_; ++tries) {
    const auto promise = std::make_shared<std::promise<bool>>();
    std::future<bool> answer = promise->get_future();
    if (on_writer_([promise, &ask](SqliteLog& log) { promise->set_value(ask(log)); }) && answer.get()) return true;
    std::this_thread::sleep_for(kPauseBetweenTries);
  }
  return false;
}

bool SqliteScrub::empty_wal() {
  is_emptying_ = true;
  const bool is_empty = on_writer([](SqliteLog& log) { return log.empty_wal(); });
  is_emptying_ = false;
  return is_empty;
}

ScrubReport SqliteScrub::scrub(const ScrubQuery& query) {
  ScrubReport report;
  Traces traces(query.user_id, query.samples);
  report.is_id_searched = traces.is_id_searched();
  report.pieces = traces.pieces();
  report.is_log_empty = empty_wal();
  search(traces, report);
  if (!report.is_log_empty || report.is_clean() || !is_rewriting_useful(report)) return report;
  report.was_rewritten = on_writer([](SqliteLog& log) { return log.rewrite() != core::StoreStatus::busy; });
  report.is_log_empty = empty_wal();
  search(traces, report);
  return report;
}

void SqliteScrub::search(Traces& traces, ScrubReport& report) {
  const auto hits_of = [](const std::vector<ScrubbedFile>& files) {
    std::uint64_t hits = 0;
    for (const ScrubbedFile& file : files) hits += file.user_hits + file.payload_hits;
    return hits;
  };
  report.files = traces.search_beside(path_);
  report.mentions = 0;
  if (hits_of(report.files) == 0) return;
  report.mentions = look_at_others(traces);
  if (traces.pieces_of_others() == report.pieces_of_others) return;
  report.pieces_of_others = traces.pieces_of_others();
  report.files = traces.search_beside(path_);  // without those pieces
}

std::uint64_t SqliteScrub::look_at_others(Traces& traces) {
  const std::unique_ptr<SqliteDatabase> database = open_sqlite_read_only(path_, vfs_);
  std::uint64_t mentions = 0;
  for (const SearchedColumn& column : kColumns) {
    SqliteStatement all(*database, column.sql);
    for (SqliteRows rows = all.query(); rows.next();) mentions += column.copies * traces.take_out_of(rows.text(0));
  }
  return mentions;
}

bool SqliteScrub::is_rewriting_useful(const ScrubReport& report) const {
  for (const ScrubbedFile& file : report.files)
    if (file.path == path_) return file.user_hits + file.payload_hits > 0 && file.bytes <= kRewrittenBytesMax;
  return false;
}

}  // namespace dialogue::store
