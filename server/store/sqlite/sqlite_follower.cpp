// See sqlite_follower.hpp.
#include "server/store/sqlite/sqlite_follower.hpp"

#include <exception>
#include <future>

#include "server/store/log_rules.hpp"
#include "server/store/store_error.hpp"
#include "server/store/store_values.hpp"

namespace dialogue::store {

SqliteFollower::SqliteFollower(const std::string& path, const SqliteFollowerOptions& options)
    : view_(path, options.vfs),
      follows_(path, options.vfs, options.warn),
      reads_(
          [this](std::vector<Task> tasks) {
            for (const Task& task : tasks) task(view_);
          },
          [] { return false; }) {
  // On its thread, so that the view is used by one: a fault is this call's.
  std::promise<std::exception_ptr> opened;
  const bool is_queued = reads_.push([&opened](SqliteView& view) {
    std::exception_ptr fault;
    try {
      view.read([](SqliteView::Opened&) {});
    } catch (...) { fault = std::current_exception(); }
    opened.set_value(fault);
  });
  if (!is_queued) return;
  if (const std::exception_ptr fault = opened.get_future().get()) std::rethrow_exception(fault);
}

SqliteFollower::~SqliteFollower() {
  follows_.stop();
  reads_.stop();
}

template <typename Answer, typename Read>
void SqliteFollower::ask(Done<Answer> done, const Read& read) {
  const bool is_queued = reads_.push([done, read](SqliteView& view) {
    Answer answer{};
    try {
      answer = view.read(read);
    } catch (const SqliteError& fault) { answer = with_status<Answer>(store_status(fault)); } catch (const StoreError&) {
      answer = with_status<Answer>(core::StoreStatus::busy);
    }
    done(std::move(answer));
  });
  if (!is_queued) done(with_status<Answer>(core::StoreStatus::busy));
}

void SqliteFollower::open(core::RoomKey key, Done<core::RoomOpened> done) {
  ask<core::RoomOpened>(std::move(done), [key = std::move(key)](SqliteView::Opened& now) { return now.reader.open(key); });
}

void SqliteFollower::read(core::ReadRange range, Done<core::LogPage> done) {
  ask<core::LogPage>(std::move(done), [range = std::move(range)](SqliteView::Opened& now) { return now.reader.read(range); });
}

void SqliteFollower::list_kept(KeptQuery query, Done<KeptList> done) {
  ask<KeptList>(std::move(done),
                [query](SqliteView::Opened& now) { return now.kept.list(query, kept_epoch_of(now.facts.identity)); });
}

void SqliteFollower::append(std::vector<core::RoomWrite> writes, Done<std::vector<core::StoreStatus>> done) {
  done(std::vector(writes.size(), core::StoreStatus::stale));
}

void SqliteFollower::trim(core::TrimLog, Done<core::LogTrimmed> done) { done({core::StoreStatus::stale, 1, false}); }

void SqliteFollower::erase(core::RoomKey, Done<core::StoreStatus> done) { done(core::StoreStatus::stale); }

void SqliteFollower::put_kept(KeptWrite, Done<core::StoreStatus> done) { done(core::StoreStatus::stale); }

void SqliteFollower::find_user(UserQuery query, Done<UserPage> done) {
  ask<UserPage>(std::move(done), [query = std::move(query)](SqliteView::Opened& now) { return now.reader.find_user(query); });
}

void SqliteFollower::erase_user(UserQuery, Done<UserErased> done) { done({core::StoreStatus::stale}); }

FollowResult SqliteFollower::follow(FollowStart start, FollowWakeUp wake_up) {
  return follows_.follow(std::move(start), std::move(wake_up));
}

}  // namespace dialogue::store
