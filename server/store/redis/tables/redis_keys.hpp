// The names of a store's keys: which part a room is in, and how it is called there. Values.
#pragma once
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/core/log/room_log_types.hpp"
#include "server/store/checksum.hpp"

namespace dialogue::store {

/// In which rooms are, by a hash of tenant and name. Kept in the keys: it never changes.
inline constexpr std::size_t kRedisParts = 64;

class RedisKeys {
 public:
  explicit RedisKeys(std::string prefix) : prefix_(std::move(prefix)) {}

  [[nodiscard]] static std::size_t part_of(const core::RoomKey& key) {
    return Checksum().add(key.tenant).add(key.room).value() % kRedisParts;
  }
  /// What the keys of a part begin with.
  [[nodiscard]] std::string part(std::size_t number) const { return prefix_ + ":{" + std::to_string(number) + "}"; }
  [[nodiscard]] std::string part(const core::RoomKey& key) const { return part(part_of(key)); }
  /// The part with the kept state.
  [[nodiscard]] std::string kept() const { return prefix_ + ":{kept}"; }
  /// The version of the store, and the run of Redis that its servers have seen.
  [[nodiscard]] std::string store() const { return prefix_ + ":{kept}:store"; }

  /// A room within its part. No two rooms have the same.
  [[nodiscard]] static std::string name_of(const core::RoomKey& key) {
    return std::to_string(key.tenant.size()) + ":" + key.tenant + key.room;
  }
  /// Returns the room with this name; no value if name_of() does not return such a name.
  [[nodiscard]] static std::optional<core::RoomKey> room_of(std::string_view name) {
    std::size_t size = 0;
    const auto [at, fault] = std::from_chars(name.data(), name.data() + name.size(), size);
    const std::string_view rest = name.substr(static_cast<std::size_t>(at - name.data()));
    if (fault != std::errc() || !rest.starts_with(':') || rest.size() - 1 < size) return std::nullopt;
    return core::RoomKey{std::string(rest.substr(1, size)), std::string(rest.substr(1 + size))};
  }

 private:
  std::string prefix_;
};

}  // namespace dialogue::store
