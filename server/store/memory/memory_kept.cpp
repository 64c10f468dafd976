// See memory_kept.hpp.
#include "server/store/memory/memory_kept.hpp"

#include <algorithm>
#include <iterator>

namespace dialogue::store {

std::uint64_t MemoryKept::version_of(const Key& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() || found->second.is_removed ? 0 : found->second.version;
}

core::StoreStatus MemoryKept::put(const KeptWrite& write) {
  for (const KeptChange& change : write.changes)
    if (change.expected_version && *change.expected_version != version_of({change.kind, change.key}))
      return core::StoreStatus::stale;
  if (write.now_s > 0)
    std::erase_if(entries_, [&](const auto& each) { return each.second.expires_s > 0 && each.second.expires_s <= write.now_s; });
  if (!write.changes.empty()) ++version_;
  for (const KeptChange& change : write.changes) change.value ? set(change) : bury({change.kind, change.key});
  return core::StoreStatus::ok;
}

bool MemoryKept::remove(KeptKind kind, const std::string& key) {
  if (version_of({kind, key}) == 0) return false;
  ++version_;
  bury({kind, key});
  return true;
}

void MemoryKept::purge(KeptKind kind, const std::string& key) {
  const Key gone{kind, key};
  std::erase_if(tombstones_, [&](const auto& each) { return each.second == gone; });
  entries_.erase(gone);
}

void MemoryKept::set(const KeptChange& change) {
  const Key key{change.kind, change.key};
  KeptEntry entry{change.kind, change.key, *change.value, version_, change.expires_s};
  KeptEntry& place = entries_[key];
  if (place.is_removed)
    std::erase_if(tombstones_, [&](const auto& each) { return each.second == key; });
  else if (place.version > 0)
    entry.expires_s = later_end(place.expires_s, entry.expires_s);
  place = std::move(entry);
}

void MemoryKept::bury(const Key& key) {
  if (version_of(key) == 0) return;
  entries_[key] = {key.first, key.second, {}, version_, 0, true};
  tombstones_.emplace(version_, key);
  if (tombstones_.size() <= kTombstonesMax) return;
  base_ = tombstones_.begin()->first;
  entries_.erase(tombstones_.begin()->second);
  tombstones_.erase(tombstones_.begin());
}

KeptList MemoryKept::list(const KeptQuery& query) const {
  KeptList list{core::StoreStatus::ok, epoch_, version_, query.epoch != epoch_ || query.after < base_ || query.after == 0};
  const auto end = entries_.lower_bound({static_cast<KeptKind>(static_cast<std::uint8_t>(query.kind) + 1), {}});
  for (auto at = entries_.lower_bound({query.kind, {}}); at != end; ++at)
    if (list.is_whole ? !at->second.is_removed : at->second.version > query.after) list.entries.push_back(at->second);
  return list;
}

}  // namespace dialogue::store
