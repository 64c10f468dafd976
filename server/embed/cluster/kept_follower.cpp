// Each kind is asked for what has changed since its own position; one question of each kind is under way.
#include "server/embed/cluster/kept_follower.hpp"

#include <utility>

#include "server/store/kept_state.hpp"

namespace dialogue {

namespace {

constexpr std::uint64_t kBusyPauseMs = 1000;

}  // namespace

std::uint64_t KeptFollower::tick() {
  if (retry_ms_ <= now_ms_()) {
    retry_ms_ = core::kNever;
    look();
  }
  return retry_ms_;
}

bool KeptFollower::start() {
  const auto wake_up = [post = post_, alive = std::weak_ptr(alive_), this](const store::LogHead& head) {
    if (head.status != core::StoreStatus::ok) return;
    post([alive, this] {
      if (!alive.expired()) look();
    });
  };
  store::FollowResult result = store_->follow({}, wake_up);
  handle_ = std::move(result.handle);
  return result.status == store::FollowStatus::ok;
}

void KeptFollower::look() {
  looks_again_ = asked_ > 0;
  if (asked_ > 0) return;
  asked_ = 2;
  ask(store::KeptKind::revocation, &KeptFollower::revocations_);
  ask(store::KeptKind::room, &KeptFollower::rooms_);
}

void KeptFollower::ask(store::KeptKind kind, Position KeptFollower::*position) {
  const Position& from = this->*position;
  const auto answered = [post = post_, alive = std::weak_ptr(alive_), this, kind, position](store::KeptList list) {
    post([alive, this, kind, position, list = std::move(list)] {
      if (alive.expired()) return;
      if (list.status == core::StoreStatus::ok) {
        this->*position = {list.epoch, list.version};
        take(list, kind);
      } else if (list.status == core::StoreStatus::busy) {
        retry_ms_ = now_ms_() + kBusyPauseMs;
      }
      if (--asked_ == 0 && looks_again_) look();
    });
  };
  store_->list_kept({kind, from.epoch, from.version}, answered);
}

void KeptFollower::take(const store::KeptList& list, store::KeptKind kind) {
  for (const store::KeptEntry& entry : list.entries) {
    if (kind == store::KeptKind::revocation) {
      if (const auto revocation = store::revocation_of(entry); revocation && !entry.is_removed) listener_.revoked(*revocation);
      continue;
    }
    core::KeptRoom room = store::room_of(entry);
    if (entry.is_removed)
      listener_.removed({std::move(room.key.room)});
    else if (!entry.is_damaged)
      listener_.made({std::move(room.key.room), std::move(room.definition)});
  }
}

}  // namespace dialogue
