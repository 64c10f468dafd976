// An entry's key is a hash of user and room, so that what stays of a removed one identifies no user.
#include "server/heads/mark_table.hpp"

#include <optional>
#include <set>
#include <span>
#include <utility>

#include "server/core/util/envelope_object.hpp"
#include "shared/base/sha256.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::heads {
namespace {

std::string key_of(std::string_view user, std::string_view room) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kBytes = 16;
  const std::string both = std::string(user) + '\n' + std::string(room);
  const auto hash = sha256({reinterpret_cast<const std::uint8_t*>(both.data()), both.size()});
  std::string key;
  for (const std::uint8_t byte : std::span(hash).first(kBytes)) key += {kDigits[byte >> 4], kDigits[byte & 0xf]};
  return key;
}

struct Entry {
  MarkTable::Place place;
  Mark mark;
};

/// Nothing of an entry that cannot be read.
std::optional<Entry> entry_of(const store::KeptEntry& kept) {
  Entry entry;
  const auto fault = core::read_envelope_object(kept.value, [&](const std::string& key, JsonReader& value) {
    if (key == "user") return value.read_string(entry.place.user);
    if (key == "room") return value.read_string(entry.place.room);
    if (key == "epoch") return value.read_integer(entry.mark.epoch);
    return key == "seq" ? value.read_integer(entry.mark.seq) : value.skip();
  });
  entry.mark.version = kept.version;
  if (fault || entry.place.user.empty() || entry.place.room.empty()) return std::nullopt;
  return entry;
}

}  // namespace

const Mark* MarkTable::find(std::string_view user, std::string_view room) const {
  const auto of_user = users_.find(user);
  if (of_user == users_.end()) return nullptr;
  const auto mark = of_user->second.find(room);
  return mark == of_user->second.end() ? nullptr : &mark->second;
}

bool MarkTable::has_room_for(std::string_view user) const {
  const auto of_user = users_.find(user);
  return size_ < kMarksMax && (of_user == users_.end() || of_user->second.size() < kMarksOfUserMax);
}

void MarkTable::put(const std::string& user, const std::string& room, const Mark& mark) {
  if (!users_[user].insert_or_assign(room, mark).second) return;
  by_key_[key_of(user, room)] = {user, room};
  ++size_;
}

std::vector<MarkTable::Place> MarkTable::take(const store::KeptList& list) {
  std::vector<Place> changed;
  std::set<std::string> present;
  for (const store::KeptEntry& kept : list.entries) {
    if (list.is_whole) present.insert(kept.key);
    if (kept.is_removed) {
      const auto known = by_key_.find(kept.key);
      if (known == by_key_.end()) continue;
      changed.push_back(known->second);
      remove(Place(known->second));
    } else if (auto entry = entry_of(kept)) {
      const Mark* const known = find(entry->place.user, entry->place.room);
      if (known == nullptr || known->seq != entry->mark.seq || known->epoch != entry->mark.epoch) changed.push_back(entry->place);
      put(entry->place.user, entry->place.room, entry->mark);
    }
  }
  if (!list.is_whole) return changed;
  std::vector<Place> gone;
  for (const auto& [key, place] : by_key_)
    if (!present.contains(key)) gone.push_back(place);
  for (const Place& place : gone) {
    remove(place);
    changed.push_back(place);
  }
  return changed;
}

void MarkTable::remove(const Place& place) {
  const auto of_user = users_.find(place.user);
  if (of_user == users_.end() || of_user->second.erase(place.room) == 0) return;
  --size_;
  by_key_.erase(key_of(place.user, place.room));
  if (of_user->second.empty()) users_.erase(of_user);
}

void MarkTable::forget(std::string_view user) {
  const auto of_user = users_.find(user);
  if (of_user == users_.end()) return;
  for (const auto& [room, mark] : of_user->second) by_key_.erase(key_of(user, room));
  size_ -= of_user->second.size();
  users_.erase(of_user);
}

std::vector<store::KeptChange> MarkTable::removals(std::string_view user) const {
  std::vector<store::KeptChange> changes;
  const auto of_user = users_.find(user);
  if (of_user == users_.end()) return changes;
  for (const auto& [room, mark] : of_user->second)
    changes.push_back({store::KeptKind::mark, key_of(user, room), std::nullopt, 0, std::nullopt});
  return changes;
}

store::KeptChange MarkTable::change(const std::string& user, const std::string& room, const Mark& mark, std::uint64_t now_s,
                                    bool is_shared) const {
  store::KeptChange change;
  change.kind = store::KeptKind::mark;
  change.key = key_of(user, room);
  change.value = JsonText().text("user", user).text("room", room).number("epoch", mark.epoch).number("seq", mark.seq).take();
  change.expires_s = now_s + kMarkLifeS;
  if (!is_shared) return change;
  const Mark* const known = find(user, room);
  change.expected_version = known == nullptr ? 0 : known->version;
  return change;
}

}  // namespace dialogue::heads
