// A store that keeps state in memory, and no log.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/store/store.hpp"

namespace dialogue::test {

/// Kept state in memory, for several threads and over several services.
class KeptMap final : public store::Store {
 public:
  void open(core::RoomKey, Done<core::RoomOpened>) override {}
  void append(std::vector<core::RoomWrite>, Done<std::vector<core::StoreStatus>>) override {}
  void read(core::ReadRange, Done<core::LogPage>) override {}
  void trim(core::TrimLog, Done<core::LogTrimmed>) override {}
  void erase(core::RoomKey, Done<core::StoreStatus>) override {}
  void put_kept(store::KeptWrite write, Done<core::StoreStatus> done) override { done(put(write)); }
  void list_kept(store::KeptQuery query, Done<store::KeptList> done) override { done(list(query.kind)); }

  store::KeptList list(store::KeptKind kind) {
    const std::lock_guard lock(mutex_);
    store::KeptList list{core::StoreStatus::ok, 1, version_, true};
    for (const auto& [key, entry] : entries_)
      if (entry.kind == kind) list.entries.push_back(entry);
    return list;
  }

 private:
  core::StoreStatus put(const store::KeptWrite& write) {
    const std::lock_guard lock(mutex_);
    for (const store::KeptChange& change : write.changes) {
      const auto found = entries_.find({change.kind, change.key});
      if (change.expected_version && *change.expected_version != (found == entries_.end() ? 0 : found->second.version))
        return core::StoreStatus::stale;
    }
    ++version_;
    for (const store::KeptChange& change : write.changes) {
      if (change.value)
        entries_[{change.kind, change.key}] = {change.kind, change.key, *change.value, version_, change.expires_s};
      else
        entries_.erase({change.kind, change.key});
    }
    return core::StoreStatus::ok;
  }

  std::mutex mutex_;
  std::uint64_t version_ = 0;
  std::map<std::pair<store::KeptKind, std::string>, store::KeptEntry> entries_;
};

}  // namespace dialogue::test
