// See sqlite_follows.hpp.
#include "server/store/sqlite/sqlite_follows.hpp"

#include <chrono>
#include <optional>
#include <vector>

#include "server/store/log_rules.hpp"
#include "server/store/store_error.hpp"

namespace dialogue::store {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTargetsPerTransaction = 1024;  ///< a long one would keep the write-ahead log from being emptied
constexpr int kRestShare = 9;

}  // namespace

SqliteFollows::SqliteFollows(const std::string& path, const std::string& vfs, std::function<void(const std::string&)> warn)
    : warn_(std::move(warn)), view_(path, vfs) {}

FollowResult SqliteFollows::follow(FollowStart start, FollowWakeUp wake_up) {
  FollowResult result = table_->add(std::move(start), std::move(wake_up));
  if (result.status != FollowStatus::ok) return result;
  {
    const std::lock_guard lock(mutex_);
    is_new_ = true;
    if (!thread_.joinable() && !is_stopping_) thread_ = std::thread([this] { run(); });
  }
  wake_.notify_one();
  return result;
}

void SqliteFollows::stop() {
  table_->stop();
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void SqliteFollows::run() {
  for (;;) {
    const Clock::time_point begin = Clock::now();
    if (!table_->is_empty()) look();
    const Clock::time_point end = Clock::now();
    table_->deliver();
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, end + kRestShare * (end - begin), [this] { return is_stopping_; });
    // A new follow does not wait for the rest of the interval.
    wake_.wait_until(lock, begin + std::chrono::milliseconds(kFollowIntervalMs), [this] { return is_stopping_ || is_new_; });
    if (is_stopping_) return;
    is_new_ = false;
  }
}

void SqliteFollows::look() {
  try {
    // Both before the look: what comes meanwhile is for the next.
    const auto version = view_.version();
    const std::uint64_t added = table_->added();
    if (version == looked_at_ && added == added_) return;
    std::optional<FollowTable::Target> last;
    for (;;) {
      const std::vector<FollowTable::Target> targets = table_->targets(last, kTargetsPerTransaction);
      if (targets.empty()) break;
      last = targets.back();
      view_.read([&](SqliteView::Opened& now) {
        for (const FollowTable::Target& each : targets) table_->set(each.room, head_of(now, each));
      });
    }
    looked_at_ = version;
    added_ = added;
    is_failing_ = false;
  } catch (const SqliteError& fault) { fail(fault.what()); } catch (const StoreError& error) {
    fail(error.what());
  }
}

LogHead SqliteFollows::head_of(SqliteView::Opened& now, const FollowTable::Target& target) {
  try {
    if (!target.room) return {core::StoreStatus::ok, kept_epoch_of(now.facts.identity), now.kept.version()};
    const RoomRow room = now.reader.room(*target.room, target.epoch);
    return {core::StoreStatus::ok, now.reader.epoch(*target.room, room), room.head};
  } catch (const SqliteError& fault) {
    if (store_status(fault) != core::StoreStatus::damaged) throw;
    return {core::StoreStatus::damaged};
  }
}

void SqliteFollows::fail(const std::string& why) {
  looked_at_ = {};  // no version is this one: the next look is a whole one
  table_->set_all({core::StoreStatus::busy});
  if (!std::exchange(is_failing_, true) && warn_) warn_("logs cannot be followed; retrying: " + why);
}

}  // namespace dialogue::store
