// See own_part.hpp.
#include "server/cluster/own_part.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "server/cluster/cluster_log.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::cluster {
namespace {

/// The maximum size of a Share in bytes, so that a batch with Shares stays within about kWriteBytesMax.
constexpr std::size_t kShareBytesMax = kWriteBytesMax / 4;

const RoomPart kNothing{};

bool is_same_user(const core::PresentUser& one, const core::PresentUser& other) {
  return std::tie(one.user_id, one.name, one.meta) == std::tie(other.user_id, other.name, other.meta);
}

/// The entries for a change of any size.
class ChangeWriter {
 public:
  ChangeWriter(const std::string& room, std::int64_t seats_change) { change_ = {room, seats_change}; }

  void join(const core::PresentUser& user) {
    change_.joined.push_back(user);
    split();
  }
  void leave(const std::string& user) {
    change_.left.push_back(user);
    split();
  }
  [[nodiscard]] std::vector<Entry> take() {
    const bool has_users = !change_.joined.empty() || !change_.left.empty();
    if (!has_users && change_.seats_change < 0)
      entries_.emplace_back(Release{change_.room, static_cast<std::uint64_t>(-change_.seats_change)});
    else if (has_users || change_.seats_change != 0)
      entries_.emplace_back(std::move(change_));
    return std::move(entries_);
  }

 private:
  void split() {
    if (change_.joined.size() + change_.left.size() < kUsersPerEntryMax) return;
    std::string room = change_.room;
    entries_.emplace_back(std::move(change_));
    change_ = {std::move(room)};
  }

  Change change_;
  std::vector<Entry> entries_;
};

}  // namespace

struct OwnPart::Batch {
  std::vector<Entry>& entries;
  std::size_t places = kWriteEntriesMax, bytes = kWriteBytesMax;

  [[nodiscard]] bool is_full() const { return places == 0 || bytes == 0; }
  void add(Entry entry) {
    bytes -= std::min(bytes, bytes_of(entry));
    places -= std::min<std::size_t>(places, 1);
    entries.push_back(std::move(entry));
  }
};

void OwnPart::change(const std::string& room, std::int64_t seats_change, std::vector<core::PresentUser> joined,
                     const std::vector<std::string>& left) {
  if (!is_sound(room, kRoomBytesMax)) return;
  RoomPart& mine = rooms_[room];
  std::set<std::string>& dirty = dirty_[room];
  const std::uint64_t change =
      std::min(seats_change < 0 ? 0 - static_cast<std::uint64_t>(seats_change) : static_cast<std::uint64_t>(seats_change),
               kSafeIntegerMax);
  mine.seats = seats_change < 0 ? mine.seats - std::min(mine.seats, change) : std::min(mine.seats + change, kSafeIntegerMax);
  for (const std::string& id : left) {
    mine.users.erase(id);
    dirty.insert(id);
  }
  for (core::PresentUser& user : joined) {
    if (!is_sound(user)) continue;
    dirty.insert(user.user_id);
    mine.users.insert_or_assign(user.user_id, std::move(user));
  }
  if (mine.is_empty()) rooms_.erase(room);
}

void OwnPart::share_all() {
  for (const auto& [room, mine] : rooms_) due_[room].clear();
  for (const auto& [room, users] : dirty_) due_[room].clear();
}

void OwnPart::shared(const Share& share) {
  const auto due = due_.find(share.room);
  if (due == due_.end()) return;
  if (share.up_to.empty())
    due_.erase(due);
  else
    due->second = share.up_to;
}

const RoomPart& OwnPart::part(const std::string& room) const {
  const auto found = rooms_.find(room);
  return found == rooms_.end() ? kNothing : found->second;
}

Share OwnPart::share_of(const std::string& room, const std::string& after) const {
  const RoomPart& mine = part(room);
  Share share{room, mine.seats, {}, after, {}};
  std::size_t bytes = 0;
  for (auto at = after.empty() ? mine.users.begin() : mine.users.upper_bound(after); at != mine.users.end(); ++at) {
    if (share.users.size() == kUsersPerEntryMax || bytes >= kShareBytesMax) {
      share.up_to = share.users.back().user_id;
      break;
    }
    bytes += at->first.size() + at->second.name.size() + at->second.meta.size();
    share.users.push_back(at->second);
  }
  return share;
}

std::vector<Entry> OwnPart::difference(const ClusterState& state, const std::string& room,
                                       const std::set<std::string>& users) const {
  const RoomPart& mine = part(room);
  const RoomPart* const found = state.part(self_, room);
  const RoomPart& written = found == nullptr ? kNothing : *found;
  ChangeWriter writer(room, static_cast<std::int64_t>(mine.seats) - static_cast<std::int64_t>(written.seats));
  for (const std::string& id : users) {
    const auto now = mine.users.find(id), before = written.users.find(id);
    if (now == mine.users.end()) {
      if (before != written.users.end()) writer.leave(id);
    } else if (before == written.users.end() || !is_same_user(now->second, before->second)) {
      writer.join(now->second);
    }
  }
  return writer.take();
}

bool OwnPart::write(const ClusterState& state, std::vector<Entry>& entries) {
  Batch batch{entries};
  for (const auto& [room, from] : due_)
    for (std::string after = from;;) {
      if (batch.is_full()) return false;
      Share share = share_of(room, after);
      after = share.up_to;
      batch.add(std::move(share));
      if (after.empty()) break;
    }
  for (auto at = dirty_.begin(); at != dirty_.end() && !batch.is_full();) {
    const auto room = at++;
    if (due_.contains(room->first)) continue;  // what its Shares do not repair is written behind them
    std::vector<Entry> changes = difference(state, room->first, room->second);
    if (changes.empty()) dirty_.erase(room);
    for (Entry& change : changes) batch.add(std::move(change));
  }
  return true;
}

}  // namespace dialogue::cluster
