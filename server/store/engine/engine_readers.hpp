// The readers of a store on a database server: a few threads with a connection each, and one queue in which three kinds take
// turns: opening rooms, members that catch up, and requests for history; within a kind, so do the rooms or requesters. A read
// whose connection is lost is tried once more on a new one. Any thread may push. The destructor first does what was queued.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "server/store/engine/engine_link.hpp"
#include "server/store/fair_queue.hpp"

namespace dialogue::store {

inline constexpr std::size_t kEngineReadersCount = 2;
inline constexpr std::size_t kEngineReadsMax = 4096;      ///< that wait
inline constexpr std::size_t kEngineReadsOfOneMax = 512;  ///< of them in one room, or of one asker

enum class ReadKind : std::uint8_t { open, catch_up, history };

template <typename Connection, typename Error>
class EngineReaders {
 public:
  using Link = EngineLink<Connection, Error>;
  /// Says what became of a read that failed.
  using Failed = std::function<core::StoreStatus(const Error&)>;

  EngineReaders(const typename Link::Connect& connect, Failed failed) : failed_(std::move(failed)) {
    for (std::size_t i = 0; i < kEngineReadersCount; ++i) links_.emplace_back(connect);
    for (Link& link : links_) threads_.emplace_back([this, &link] { run(link); });
  }
  EngineReaders(const EngineReaders&) = delete;
  EngineReaders& operator=(const EngineReaders&) = delete;
  ~EngineReaders() { stop(); }

  /// Queues a read, which ends by `read(connection)` or `refused(status)`. Returns false, and does not take it, if too many wait.
  /// `queue`: the room or the requester whose turn it takes.
  template <typename Read, typename Refused>
  [[nodiscard]] bool push(ReadKind kind, const std::string& queue, Read read, Refused refused) {
    Task task = [this, read = std::move(read), refused = std::move(refused)](Link& link) {
      const core::StoreStatus status = attempt(link, read);
      if (status != core::StoreStatus::ok) refused(status);
    };
    {
      const std::lock_guard lock(mutex_);
      if (!tasks_.push(static_cast<std::size_t>(kind), queue, std::move(task))) return false;
    }
    wake_.notify_one();
    return true;
  }

  /// Does what is queued, then ends the threads.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }

 private:
  using Task = std::function<void(Link&)>;

  /// Calls `read` until it has answered; ok then.
  template <typename Read>
  [[nodiscard]] core::StoreStatus attempt(Link& link, const Read& read) {
    for (int tries_left = 1;; --tries_left) {
      try {
        read(link.connection());
        return core::StoreStatus::ok;
      } catch (const Error& error) {
        if (error.is_connection_lost() && tries_left > 0) continue;
        return failed_(error);
      }
    }
  }

  void run(Link& link) {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return is_stopping_ || !tasks_.empty(); });
      const std::optional<Task> task = tasks_.take();
      lock.unlock();
      if (!task) return;
      (*task)(link);
    }
  }

  const Failed failed_;
  std::vector<Link> links_;
  std::mutex mutex_;
  std::condition_variable wake_;
  FairQueue<Task, 3> tasks_{kEngineReadsMax, kEngineReadsOfOneMax};
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;  ///< last: they use the others
};

}  // namespace dialogue::store
