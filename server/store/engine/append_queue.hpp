// The queue before a log that commits in batches: all appends that wait are one batch, before what else was queued among them.
// Only behind a call for its own room an append stays. `Log` has append(writes), which answers a status for each, and tidy(),
// which does a step of what can wait. Any thread may push; the log is used by the queue's thread.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "server/store/work_queue.hpp"

namespace dialogue::store {

template <typename Log>
class AppendQueue {
 public:
  using Done = std::function<void(std::vector<core::StoreStatus>)>;

  explicit AppendQueue(Log& log)
      : log_(log), tasks_([this](std::vector<Task> tasks) { work(std::move(tasks)); }, [this] { return log_.tidy(); }) {}

  /// Answers `busy` when too many wait.
  void append(std::vector<core::RoomWrite> writes, Done done) {
    const std::size_t count = writes.size();
    const Done refuse = done;
    if (!tasks_.push(Append{std::move(writes), std::move(done)})) refuse(std::vector(count, core::StoreStatus::busy));
  }
  /// Queues any other call of the log. `room`: the room that it concerns; empty for none. Returns false, and does not take it, if
  /// too many wait.
  [[nodiscard]] bool push(core::RoomKey room, std::function<void(Log&)> run) {
    return tasks_.push(Call{std::move(room), std::move(run)});
  }
  /// Does what is queued, then ends the thread.
  void stop() { tasks_.stop(); }
  /// Records that were to be appended since the last call. Inside a pushed call only.
  [[nodiscard]] std::uint64_t take_appended() { return std::exchange(appended_, 0); }

 private:
  struct Append {
    std::vector<core::RoomWrite> writes;
    Done done;
  };
  struct Call {
    core::RoomKey room;
    std::function<void(Log&)> run;
  };
  using Task = std::variant<Append, Call>;

  void work(std::vector<Task> tasks) {
    std::vector<Append> appends;
    std::vector<Call> calls;
    std::set<std::pair<std::string, std::string>> called;  // ordered: clients choose the names
    const auto finish = [&] {
      commit(appends);
      for (const Call& call : calls) call.run(log_);
      calls.clear();
      called.clear();
    };
    for (Task& task : tasks) {
      if (auto* call = std::get_if<Call>(&task)) {
        called.emplace(call->room.tenant, call->room.room);
        calls.push_back(std::move(*call));
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
  }

  void commit(std::vector<Append>& appends) {
    if (appends.empty()) return;
    std::vector<core::RoomWrite> all;
    std::vector<std::size_t> counts;
    for (Append& append : appends) {
      counts.push_back(append.writes.size());
      std::move(append.writes.begin(), append.writes.end(), std::back_inserter(all));
    }
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

  Log& log_;
  std::uint64_t appended_ = 0;
  WorkQueue<Task> tasks_;  ///< last: its thread uses the others
};

}  // namespace dialogue::store
