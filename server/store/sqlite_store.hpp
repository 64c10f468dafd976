// The store on one SQLite database: a thread that writes everything queued in one transaction (group commit), and a thread that
// reads through a connection of its own. Any thread may call; answers come on those two threads. When 4,096 requests wait, more
// are answered `busy`. Only the writing connection writes and checkpoints (docs/decisions/100-one-writer.md).
//
//   SqliteStore store("dialogue.db", {});  // throws StoreError
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "server/store/sqlite_log.hpp"
#include "server/store/store.hpp"
#include "server/store/work_queue.hpp"

namespace dialogue {

class SqliteStore final : public Store {
 public:
  SqliteStore(const std::string& path, SqliteOptions options);
  /// Answers what was asked, then closes the database.
  ~SqliteStore() override;

  void open(RoomKey key, Done<RoomOpened> done) override;
  void append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) override;
  void read(ReadRange range, Done<LogPage> done) override;
  void trim(TrimLog trim, Done<LogTrimmed> done) override;
  void erase(RoomKey key, Done<StoreStatus> done) override;
  void revoke(KeptRevocation revocation, std::uint64_t now_s, Done<StoreStatus> done) override;
  void revocations(Done<KeptRevocations> done) override;
  void secret(std::string proposed, Done<KeptSecret> done) override;

 private:
  struct Append {
    std::vector<RoomWrite> writes;
    Done<std::vector<StoreStatus>> done;
  };
  /// Anything else that the log is asked.
  struct Call {
    RoomKey room;  ///< which room it is about; empty for none
    std::function<void(SqliteLog&)> run;
  };
  using WriterTask = std::variant<Append, Call>;
  using ReaderTask = std::function<void(SqliteReader&)>;

  void work(std::vector<WriterTask> tasks);
  void commit(std::vector<Append>& appends);

  SqliteLog log_;
  std::unique_ptr<SqliteDatabase> reading_;
  SqliteReader reader_;
  WorkQueue<ReaderTask> reads_;
  WorkQueue<WriterTask> writes_;
};

}  // namespace dialogue
