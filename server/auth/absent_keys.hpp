// Keys that tokens named and no URL had: a client whose key was retired is refused permanently, instead of retrying
// indefinitely after an answer that says "later". Holds at most kAbsentKeysMax digests; safe from any thread.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>

#include "shared/base/sha256.hpp"

namespace dialogue::auth {

inline constexpr std::size_t kAbsentKeysMax = 1024;

class AbsentKeys {
 public:
  /// Whether `key` was looked up before, and a fetch has succeeded since; otherwise records the lookup. `fetches`: the number
  /// of successful fetches. When it is full, everything is forgotten: affected clients get "later" once more.
  [[nodiscard]] bool is_known(std::string_view key, std::uint64_t fetches) {
    const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()});
    const std::lock_guard lock(mutex_);
    const auto found = fetches_before_.find(digest);
    if (found == fetches_before_.end()) {
      if (fetches_before_.size() >= kAbsentKeysMax) fetches_before_.clear();
      fetches_before_.emplace(digest, fetches);
      return false;
    }
    if (found->second == fetches) return false;
    fetches_before_.erase(found);  // the next lookup fetches again: it may have been published since
    return true;
  }

 private:
  std::mutex mutex_;
  /// The number of successful fetches at the lookup of each key, by digest: an attacker cannot choose keys that collide.
  std::map<std::array<std::uint8_t, 32>, std::uint64_t> fetches_before_;
};

}  // namespace dialogue::auth
