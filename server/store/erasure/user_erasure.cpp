// See user_erasure.hpp.
#include "server/store/erasure/user_erasure.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "server/store/erasure/file_scanner.hpp"

namespace dialogue::store {
namespace {

constexpr std::chrono::seconds kStepTimeMax{60}, kScrubTimeMax{600};
constexpr int kBusyTriesMax = 100;
constexpr std::chrono::milliseconds kBusyPause{50};

/// Asks again while the store has too much to do.
template <typename Answer, typename Request>
Answer answer_of(const Request& request, std::chrono::seconds time_max, const std::function<bool()>& should_stop = {}) {
  for (int tries = 0;; ++tries) {
    const auto promise = std::make_shared<std::promise<Answer>>();
    std::future<Answer> future = promise->get_future();
    request([promise](Answer given) { promise->set_value(std::move(given)); });
    const auto deadline = std::chrono::steady_clock::now() + time_max;
    while (future.wait_for(kBusyPause) != std::future_status::ready)
      if ((should_stop && should_stop()) || std::chrono::steady_clock::now() > deadline) {
        Answer late;
        late.status = core::StoreStatus::busy;
        return late;
      }
    Answer answer = future.get();
    if (answer.status != core::StoreStatus::busy || tries == kBusyTriesMax || (should_stop && should_stop())) return answer;
    std::this_thread::sleep_for(kBusyPause);
  }
}

/// Leaves the store to others for this time, or until it is to stop.
void pause(std::chrono::microseconds length, const std::function<bool()>& should_stop) {
  for (const auto end = std::chrono::steady_clock::now() + length; !should_stop || !should_stop();) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= left.zero()) return;
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, kBusyPause));
  }
}

core::StoreStatus forget_notices(Store& store, const std::vector<std::string>& keys) {
  if (keys.empty()) return core::StoreStatus::ok;
  KeptWrite write;
  for (const std::string& key : keys) write.changes.push_back({KeptKind::notice, key, std::nullopt});
  struct Answer {
    core::StoreStatus status = core::StoreStatus::ok;
  };
  const auto put = [&](const auto& done) { store.put_kept(write, [done](core::StoreStatus status) { done(Answer{status}); }); };
  return answer_of<Answer>(put, kStepTimeMax).status;
}

}  // namespace

core::StoreStatus UserErasure::erase(Store& store, const Notify& notify) {
  Pass last;
  core::StoreStatus status = core::StoreStatus::ok;
  for (int passes = 0; passes < kErasurePassesMax; ++passes) {
    last = {};
    status = pass(store, notify, last);
    if (status != core::StoreStatus::ok || !last.has_found) break;
  }
  revocations_kept_ += last.revocations_kept;
  const core::StoreStatus forgotten = forget_notices(store, std::exchange(notified_, {}));
  return status == core::StoreStatus::ok ? forgotten : status;
}

core::StoreStatus UserErasure::pass(Store& store, const Notify& notify, Pass& found) {
  UserQuery query{user_id_};
  query.whole_rooms = whole_rooms_;
  for (;;) {
    if (should_stop_ && should_stop_()) return core::StoreStatus::busy;
    query.notified = std::exchange(notified_, {});
    query.own_records = std::exchange(own_records_, 0);
    const auto erased =
        answer_of<UserErased>([&](auto done) { store.erase_user(query, std::move(done)); }, kStepTimeMax, should_stop_);
    is_supported_ = is_supported_ && erased.is_supported;
    if (!erased.is_supported) return core::StoreStatus::failed;
    if (erased.status != core::StoreStatus::ok) return erased.status;  // notices stay kept, and are published again
    found.has_found = found.has_found || !erased.rooms.empty();
    take(erased, notify);
    for (const NamedRoom& room : erased.named) add_named(room);
    if (!erased.next) {
      found.revocations_kept = erased.revocations_kept;
      return core::StoreStatus::ok;
    }
    query.after = *erased.next;
    pause(erased.pause(), should_stop_);
  }
}

void UserErasure::take(const UserErased& erased, const Notify& notify) {
  for (const ErasedRoom& room : erased.rooms) {
    count(room);
    const Notified notified = notify ? notify(room) : Notified::later;
    if (notified == Notified::published) ++own_records_;
    if (notified != Notified::later && !room.notice.empty()) notified_.push_back(room.notice);
  }
  for (const std::string& sample : erased.samples)
    if (samples_.size() < kSamplesMax) samples_.push_back(sample);
}

core::StoreStatus UserErasure::erase_records(Store& store, const RecordErasure& what, const Notify& notify) {
  const auto erased =
      answer_of<UserErased>([&](auto done) { store.erase_records(what, std::move(done)); }, kStepTimeMax, should_stop_);
  is_supported_ = is_supported_ && erased.is_supported;
  if (!erased.is_supported) return core::StoreStatus::failed;
  if (erased.status != core::StoreStatus::ok) return erased.status;
  take(erased, notify);
  return forget_notices(store, std::exchange(notified_, {}));
}

void UserErasure::count(const ErasedRoom& room) {
  const bool was_counted = std::find(whole_rooms_.begin(), whole_rooms_.end(), room.room.room) != whole_rooms_.end();
  if (was_counted) return;  // before it was taken as a whole
  records_ += room.records;
  producers_ += room.producers;
  if (!(room.room == newest_room_)) ++rooms_;
  newest_room_ = room.room;
}

void UserErasure::add_named(const NamedRoom& room) {
  const bool is_full = named_.size() >= kNamedRoomsMax && !named_.contains(room.room);
  has_unlisted_rooms_ = has_unlisted_rooms_ || is_full;
  if (is_full) return;
  bool& has_others = named_[room.room];
  has_others = has_others || room.has_others;
}

std::vector<std::string> UserErasure::named_rooms() const {
  std::vector<std::string> rooms;
  for (const auto& [room, has_others] : named_)
    if (!has_others) rooms.push_back(room);
  return rooms;
}

void UserErasure::take_whole(std::vector<std::string> rooms) {
  for (const std::string& room : rooms) named_.erase(room);
  whole_rooms_.insert(whole_rooms_.end(), std::make_move_iterator(rooms.begin()), std::make_move_iterator(rooms.end()));
}

core::StoreStatus notify_kept(Store& store, const UserErasure::Notify& notify) {
  const auto kept = answer_of<KeptList>([&](auto done) { store.list_kept({KeptKind::notice}, std::move(done)); }, kStepTimeMax);
  if (kept.status != core::StoreStatus::ok) return kept.status;
  std::vector<std::string> notified;
  for (const KeptEntry& entry : kept.entries) {
    const std::optional<ErasedRoom> erased = notice_of(entry);
    const auto log = answer_of<core::RoomOpened>(
        [&](auto done) { store.open(erased ? erased->room : core::RoomKey{}, std::move(done)); }, kStepTimeMax);
    const bool is_of_log = erased && log.status == core::StoreStatus::ok && log.state.epoch == erased->epoch;
    if (log.status == core::StoreStatus::busy) continue;
    if (!is_of_log || notify(*erased) != UserErasure::Notified::later) notified.push_back(entry.key);
  }
  return forget_notices(store, notified);
}

std::uint64_t kept_notices(Store& store) {
  const auto kept = answer_of<KeptList>([&](auto done) { store.list_kept({KeptKind::notice}, std::move(done)); }, kStepTimeMax);
  return kept.entries.size();
}

ScrubReport UserErasure::scrub(Store& store) const {
  return answer_of<ScrubReport>(
      [&](auto done) {
        store.scrub({user_id_, samples_}, std::move(done));
      },
      kScrubTimeMax, should_stop_);
}

UserPage find_user(Store& store, UserQuery query) {
  return answer_of<UserPage>([&](auto done) { store.find_user(query, std::move(done)); }, kStepTimeMax);
}

core::StoreStatus export_user(Store& store, const std::string& user_id, const std::function<bool(const UserRecord&)>& found) {
  UserQuery query{user_id};
  for (;;) {
    const UserPage page = find_user(store, query);
    if (!page.is_supported) return core::StoreStatus::failed;
    if (page.status != core::StoreStatus::ok) return page.status;
    for (const UserRecord& record : page.records)
      if (!found(record)) return core::StoreStatus::ok;
    if (!page.next) return core::StoreStatus::ok;
    query.after = *page.next;
  }
}

}  // namespace dialogue::store
