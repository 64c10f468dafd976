// A device: one browser of a user that has subscribed, and its entry in the kept state. Plain values and pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/store/kept_state.hpp"

namespace dialogue::push {

inline constexpr std::uint64_t kDeviceLifeS = 90 * 24 * 3'600;  ///< since a page of it was seen
/// After a page was seen, nothing is written for so long about further ones.
inline constexpr std::uint64_t kDeviceRenewalS = 24 * 3'600;
inline constexpr std::size_t kDeviceIdBytes = 22;

struct Device {
  std::string id;  ///< device_id() of its endpoint
  std::string user_id;
  std::string endpoint;      ///< secret: with it and the VAPID key, notifications can be sent
  std::string p256dh, auth;  ///< base64url, as the browser gave them
  std::string vapid_key;     ///< the public key that it was subscribed with
  std::uint64_t created_s = 0, seen_s = 0;
  friend bool operator==(const Device&, const Device&) = default;
};

/// Returns the first characters of the endpoint's SHA-256 in base64url; the page, the server and every node compute the same id.
[[nodiscard]] std::string device_id(std::string_view endpoint);

[[nodiscard]] store::KeptChange kept_change(const Device& device);
/// Returns the change that replaces an ended device by a tombstone, which has its id only.
[[nodiscard]] store::KeptChange kept_removal(const Device& device);
/// Returns the device of a stored entry; no value if the entry is damaged, removed, or in the format of another version.
[[nodiscard]] std::optional<Device> device_of(const store::KeptEntry& entry);

}  // namespace dialogue::push
