// See user_erasure.hpp.
#include "server/store/erasure/user_erasure.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "server/store/erasure/traces.hpp"

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
      if ((should_stop && should_stop()) || std::chrono::steady_clock::now() > deadline) return {core::StoreStatus::busy};
    Answer answer = future.get();
    if (answer.status != core::StoreStatus::busy || tries == kBusyTriesMax || (should_stop && should_stop())) return answer;
    std::this_thread::sleep_for(kBusyPause);
  }
}

/// Leaves the store to others for so long, or until it is to stop.
void pause(std::chrono::microseconds length, const std::function<bool()>& should_stop) {
  for (const auto end = std::chrono::steady_clock::now() + length; !should_stop || !should_stop();) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= left.zero()) return;
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, kBusyPause));
  }
}

}  // namespace

core::StoreStatus UserErasure::erase(Store& store, const RoomErased& room_erased) {
  for (int passes = 0; passes < kErasurePassesMax; ++passes) {
    bool has_found = false;
    const core::StoreStatus status = pass(store, room_erased, has_found);
    if (status != core::StoreStatus::ok || !has_found) return status;
  }
  return core::StoreStatus::ok;
}

core::StoreStatus UserErasure::pass(Store& store, const RoomErased& room_erased, bool& has_found) {
  UserQuery query{user_id_};
  for (;;) {
    if (should_stop_ && should_stop_()) return core::StoreStatus::busy;
    const auto erased =
        answer_of<UserErased>([&](auto done) { store.erase_user(query, std::move(done)); }, kStepTimeMax, should_stop_);
    is_supported_ = is_supported_ && erased.is_supported;
    if (!erased.is_supported) return core::StoreStatus::failed;
    if (erased.status != core::StoreStatus::ok) return erased.status;
    for (const ErasedRoom& room : erased.rooms) {
      has_found = true;
      records_ += room.records;
      producers_ += room.producers;
      if (!(room.room == newest_room_)) ++rooms_;
      newest_room_ = room.room;
      if (room_erased) room_erased(room);
    }
    for (const std::string& sample : erased.samples)
      if (samples_.size() < kSamplesMax) samples_.push_back(sample);
    if (!erased.next) {
      revocations_kept_ = erased.revocations_kept;
      return core::StoreStatus::ok;
    }
    query.after = *erased.next;
    pause(erased.pause(), should_stop_);
  }
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
