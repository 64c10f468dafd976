// The end of a run: faults are lifted, everybody joins everything, and when all is quiet the logs are read and held against the
// ledger. See world.hpp.
#include <algorithm>
#include <string>
#include <utility>

#include "tests/simulation/world/world.hpp"

namespace dialogue::simulation {
namespace {

constexpr std::uint64_t kPatience_us = 600 * kSecond, kPatienceInAll_us = 3600 * kSecond, kLook_us = 5 * kSecond;

/// Runs out when nothing has moved for ten minutes, and after an hour: the slowest links take more than ten minutes for a log.
class Patience {
 public:
  explicit Patience(std::uint64_t now_us) : began_us_(now_us), moved_us_(now_us) {}

  /// `state` says how far it has come.
  [[nodiscard]] bool has_run_out(std::uint64_t now_us, const std::string& state) {
    if (std::exchange(state_, state) != state) moved_us_ = now_us;
    return now_us >= std::min(moved_us_ + kPatience_us, began_us_ + kPatienceInAll_us);
  }

 private:
  std::uint64_t began_us_, moved_us_;
  std::string state_;
};

}  // namespace

void World::lift_faults() {
  if (backend_.disk().is_dark()) backend_.end(Backend::End::power_lost);
  backend_.disk().heal();
  listener_weather_ = setup_.weather.front();
  for (User& user : users_) {
    user.weather = user.fair_weather;
    for (const RoomIndex room : rooms_) user.page->set_reading(room, true);
  }
}

std::string World::unsettled_listener() const {
  if (!listener_) return {};
  if (!listener_->is_open()) return listener_->name() + " has no stream";
  for (const RoomIndex room : listener_->rooms())
    if (listener_->position(room) != users_.front().page->position(room))
      return listener_->name() + " is at " + std::to_string(listener_->position(room).seq) + " of " +
             std::string(kPlaces[room].id) + ", " + users_.front().name + " at " +
             std::to_string(users_.front().page->position(room).seq);
  return {};
}

void World::rejoin_all() {
  if (backend_.is_up())
    for (const RoomIndex room : std::set<RoomIndex>(deleted_)) create_room(room);
  for (User& user : users_)
    for (const RoomIndex room : rooms_)
      if (!user.page->is_wanted(room)) user.page->join(room, JoinFrom::tail, {}, kAllEvents);
}

std::string World::unsettled() const {
  if (!backend_.is_up()) return "the server is down";
  for (const User& user : users_) {
    if (std::string why = user.page->unsettled(); !why.empty()) return why;
    for (const RoomIndex room : rooms_) {
      const std::string id(kPlaces[room].id);
      if (!user.page->is_joined(room)) return user.name + " is not in " + id;
      const Spot here = user.page->position(room), there = users_.front().page->position(room);
      if (here != there)
        return user.name + " is at " + std::to_string(here.epoch) + ":" + std::to_string(here.seq) + " of " + id + ", " +
               users_.front().name + " at " + std::to_string(there.epoch) + ":" + std::to_string(there.seq);
    }
  }
  return unsettled_listener();
}

void World::check_bounds() const {
  // A page for each room, the answers to eight pages of history, and what a turn had made when the shard was told.
  const std::size_t most = setup_.backend.backlog_bytes + (rooms_.size() + 8) * (kMessageBytesMax + 32 * 1024);
  promise(backend_.unsent_bytes_max() <= most,
          [&] { return "a connection had " + std::to_string(backend_.unsent_bytes_max()) + " bytes unsent"; });
}

void World::settle() {
  note("all faults are lifted");
  is_settling_ = true;
  lift_faults();
  Patience patience(clockwork_.now_us());
  for (bool was_quiet = false;;) {
    rejoin_all();
    clockwork_.run_until(clockwork_.now_us() + kLook_us);
    check_bounds();
    const std::string why = unsettled();
    if (why.empty() && was_quiet) break;
    was_quiet = why.empty();
    promise(!patience.has_run_out(clockwork_.now_us(), why), [&] { return "it does not come to rest: " + why; });
  }
  read_all_logs();
  for (User& user : users_) static_cast<void>(user.page->unload());
  if (listener_) listener_->stop();
  ledger_.check_stretches();
  ledger_.check_orders();
  for (const Deletion& deletion : deletions_)
    promise(deletion.answers == 1 || deletion.start != ledger_.starts(),
            [] { return std::string("a deletion was never answered"); });
  if (!backend_.disk().has_lost_power()) ledger_.check_disowned();
}

void World::read_all_logs() {
  std::size_t missing = rooms_.size();
  for (const RoomIndex room : rooms_)
    users_.front().page->read_all(room, [this, room, &missing](const Ledger::Page& whole) {
      --missing;
      const Spot spot = users_.front().page->position(room);
      promise(spot == Spot{whole.epoch, whole.head}, [&] {
        return "the log of " + std::string(kPlaces[room].id) + " ends at " + std::to_string(whole.head) +
               ", its members are at " + std::to_string(spot.seq);
      });
      ledger_.check_log(whole);
    });
  Patience patience(clockwork_.now_us());
  while (missing > 0) {
    const bool is_over = patience.has_run_out(clockwork_.now_us(), std::to_string(users_.front().page->pages_read()));
    promise(!is_over, [] { return std::string("the logs cannot be read in the end"); });
    clockwork_.run_until(clockwork_.now_us() + kSecond);
  }
}

}  // namespace dialogue::simulation
