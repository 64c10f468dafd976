// See kept_writer.hpp.
#include "server/store/kept/kept_writer.hpp"

#include <iterator>
#include <utility>

namespace dialogue::store {

void KeptWriter::submit(Unit unit) {
  if (waiting_.size() >= kKeptUnitsMax) return unit.done(core::StoreStatus::busy);
  waiting_.push_back(std::move(unit));
  flush();
}

void KeptWriter::flush() {
  if (is_writing_ || waiting_.empty()) return;
  is_writing_ = true;
  KeptWrite write;
  write.now_s = settings_.now_s();
  std::vector<Unit> units;
  while (!waiting_.empty() && write.changes.size() < kKeptChangesPerWrite) {
    auto changes = waiting_.front().changes();
    write.changes.insert(write.changes.end(), std::make_move_iterator(changes.begin()), std::make_move_iterator(changes.end()));
    units.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    if (alone_ > 0) {
      --alone_;
      break;
    }
  }
  const auto answered = [this, alive = std::weak_ptr(alive_), post = settings_.post,
                         shared = std::make_shared<std::vector<Unit>>(std::move(units))](core::StoreStatus status) {
    post([this, alive, shared, status] {
      if (!alive.expired()) settle(std::move(*shared), status);
    });
  };
  if (write.changes.empty()) return answered(core::StoreStatus::ok);
  settings_.store->put_kept(std::move(write), answered);
}

void KeptWriter::settle(std::vector<Unit> units, core::StoreStatus status) {
  const bool goes_again = status == core::StoreStatus::stale && units.size() > 1;
  if (goes_again) alone_ = units.size();
  for (auto unit = units.rbegin(); goes_again && unit != units.rend(); ++unit) waiting_.push_front(std::move(*unit));
  for (const Unit& unit : units)
    if (!goes_again) unit.done(status);
  const auto next = [this] {
    is_writing_ = false;
    flush();
    if (is_idle() && settings_.idle) settings_.idle();
  };
  if (!settings_.is_shared) return next();
  ask(0, next);
}

void KeptWriter::refresh() {
  if (settings_.is_shared && !is_writing_) ask(0, [] {});
}

void KeptWriter::follow() {
  if (!settings_.is_shared) return;
  const auto changed = [this, alive = std::weak_ptr(alive_), post = settings_.post](const LogHead& head) {
    if (head.status != core::StoreStatus::ok) return;
    post([this, alive] {
      if (!alive.expired()) refresh();
    });
  };
  follow_ = settings_.store->follow({}, changed).handle;
}

void KeptWriter::ask(std::size_t place, const std::function<void()>& then) {
  if (place == positions_.size()) return then();
  const Position from = positions_[place];
  const auto answered = [this, place, then, alive = std::weak_ptr(alive_), post = settings_.post](KeptList list) {
    post([this, place, then, alive, shared = std::make_shared<KeptList>(std::move(list))] {
      if (alive.expired()) return;
      Position& at = positions_[place];
      if (shared->status == core::StoreStatus::ok && (shared->epoch != at.epoch || shared->version >= at.version)) {
        at.epoch = shared->epoch;
        at.version = shared->version;
        settings_.take(*shared, at.kind);
      }
      ask(place + 1, then);
    });
  };
  settings_.store->list_kept({from.kind, from.epoch, from.version}, answered);
}

}  // namespace dialogue::store
