// The kept state (kept_state.hpp) in memory: entries, the newest tombstones, and the version of the last change. Used by
// MemoryStore only, from its thread.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "server/store/kept_state.hpp"

namespace dialogue::store {

class MemoryKept {
 public:
  /// `epoch`: of the versions.
  explicit MemoryKept(std::uint64_t epoch) : epoch_(epoch) {}

  [[nodiscard]] core::StoreStatus put(const KeptWrite& write);
  [[nodiscard]] KeptList list(const KeptQuery& query) const;
  /// Removes an entry and leaves a tombstone; returns false if the entry does not exist.
  bool remove(KeptKind kind, const std::string& key);
  /// Removes an entry or its tombstone, without a trace.
  void purge(KeptKind kind, const std::string& key);

  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  using Key = std::pair<KeptKind, std::string>;

  [[nodiscard]] std::uint64_t version_of(const Key& key) const;
  void set(const KeptChange& change);
  void bury(const Key& key);

  std::uint64_t epoch_, version_ = 0;
  std::uint64_t base_ = 0;  ///< removals up to this version may be forgotten
  std::map<Key, KeptEntry> entries_;
  std::multimap<std::uint64_t, Key> tombstones_;  ///< by version; at most kTombstonesMax between changes
};

}  // namespace dialogue::store
