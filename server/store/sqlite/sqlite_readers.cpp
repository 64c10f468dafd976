// See sqlite_readers.hpp.
#include "server/store/sqlite/sqlite_readers.hpp"

#include <utility>

#include "server/store/sqlite/sqlite_open.hpp"

namespace dialogue::store {

SqliteReaders::Connection::Connection(const std::string& path, const std::string& vfs, const StoreFacts& facts,
                                      const std::shared_ptr<CheckedLogs>& checked)
    : database(open_sqlite_read_only(path, vfs)), reader(*database, facts, checked) {}

SqliteReaders::SqliteReaders(const std::string& path, const std::string& vfs, const StoreFacts& facts) {
  const auto checked = std::make_shared<CheckedLogs>();
  for (std::size_t i = 0; i < kReadersCount; ++i) connections_.push_back(std::make_unique<Connection>(path, vfs, facts, checked));
  for (const auto& connection : connections_) threads_.emplace_back([this, &connection] { run(connection->reader); });
}

bool SqliteReaders::push(Kind kind, const std::string& queue, Task&& task) {
  {
    const std::lock_guard lock(mutex_);
    if (!tasks_.push(static_cast<std::size_t>(kind), queue, std::move(task))) return false;
  }
  wake_.notify_one();
  return true;
}

void SqliteReaders::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void SqliteReaders::run(SqliteReader& reader) {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return is_stopping_ || !tasks_.empty(); });
    const std::optional<Task> task = tasks_.take();
    lock.unlock();
    if (!task) return;
    (*task)(reader);
  }
}

}  // namespace dialogue::store
