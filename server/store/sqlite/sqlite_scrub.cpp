// See sqlite_scrub.hpp.
#include "server/store/sqlite/sqlite_scrub.hpp"

#include <algorithm>
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
  unsigned copies;  ///< number of copies of a value in the file: indexes contain it again
};

/// All texts that users may have brought into a database. `kept` has indexes by version, by end and of what is removed.
constexpr SearchedColumn kColumns[] = {
    {"SELECT event FROM record", 1},   {"SELECT sender FROM record", 1},
    {"SELECT payload FROM record", 1}, {"SELECT grp FROM record WHERE grp <> ''", 2},
    {"SELECT tenant FROM room", 1},    {"SELECT name FROM room", 1},
    {"SELECT key FROM producer", 1},   {"SELECT bytes FROM news", 1},
};
/// What is kept beside the logs.
constexpr SearchedColumn kSearchedKept[] = {
    {"SELECT key FROM kept WHERE (kind = ?1) = ?2", 2},
    {"SELECT key FROM kept WHERE (kind = ?1) = ?2 AND expires_s > 0", 1},
    {"SELECT key FROM kept WHERE (kind = ?1) = ?2 AND removed = 1", 1},
    {"SELECT value FROM kept WHERE (kind = ?1) = ?2", 1},
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
  FileScanner traces(query.user_id, query.samples);
  report.is_id_searched = traces.is_id_searched();
  report.pieces = traces.pieces();
  report.is_log_empty = empty_wal();
  search(traces, report);
  if (!report.is_log_empty || report.is_clean() || !is_rewriting_useful(report.files, path_)) return report;
  report.was_rewritten = on_writer([](SqliteLog& log) { return log.rewrite() != core::StoreStatus::busy; });
  report.is_log_empty = empty_wal();
  search(traces, report);
  return report;
}

void SqliteScrub::search(FileScanner& traces, ScrubReport& report) {
  const auto has_hits = [](const ScrubbedFile& file) { return file.user_hits + file.payload_hits > 0; };
  report.files = traces.search_database(path_);
  report.mentions = report.in_revocations = 0;
  if (std::none_of(report.files.begin(), report.files.end(), has_hits)) return;
  look_at_others(traces, report);
  report.pieces_of_others = traces.pieces_of_others();
  if (report.pieces_of_others == 0 && has_nothing_left(report.files)) return;
  // Without the pieces that others published, too, and knowing how often rows have the id.
  report.files = traces.search_database(path_, report.mentions + report.in_revocations);
}

void SqliteScrub::look_at_others(FileScanner& traces, ScrubReport& report) {
  const std::unique_ptr<SqliteDatabase> database = open_sqlite_read_only(path_, vfs_);
  for (const SearchedColumn& column : kColumns) {
    SqliteStatement all(*database, column.sql);
    for (SqliteRows rows = all.query(); rows.next();) report.mentions += column.copies * traces.take_out_of(rows.text(0));
  }
  for (const SearchedColumn& column : kSearchedKept)
    for (const std::uint64_t is_revocation : {0U, 1U}) {
      SqliteStatement all(*database, column.sql);
      std::uint64_t& found = is_revocation == 1 ? report.in_revocations : report.mentions;
      for (SqliteRows rows = all.query(static_cast<std::uint64_t>(KeptKind::revocation), is_revocation); rows.next();)
        found += column.copies * traces.take_out_of(rows.text(0));
    }
}

}  // namespace dialogue::store
