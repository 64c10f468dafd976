// See device.hpp. The texts are kept on disks: members are only added.
#include "server/push/device.hpp"

#include <span>

#include "server/auth/base64url.hpp"
#include "shared/base/sha256.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::push {

std::string device_id(std::string_view endpoint) {
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(endpoint.data()), endpoint.size()});
  const std::string_view bytes(reinterpret_cast<const char*>(digest.data()), digest.size());
  return auth::encode_base64url(bytes).substr(0, kDeviceIdBytes);
}

store::KeptChange kept_change(const Device& device) {
  std::string value = JsonText()
                          .text("user", device.user_id)
                          .text("endpoint", device.endpoint)
                          .text("p256dh", device.p256dh)
                          .text("auth", device.auth)
                          .text("key", device.vapid_key)
                          .number("created", device.created_s)
                          .number("seen", device.seen_s)
                          .take();
  return {store::KeptKind::push_device, device.id, std::move(value), device.seen_s + kDeviceLifeS};
}

store::KeptChange kept_removal(const Device& device) { return {store::KeptKind::push_device, device.id, std::nullopt}; }

std::optional<Device> device_of(const store::KeptEntry& entry) {
  if (entry.is_damaged || entry.is_removed) return std::nullopt;
  Device device;
  device.id = entry.key;
  JsonReader reader(entry.value);
  std::string key;
  if (!reader.enter_object()) return std::nullopt;
  while (reader.next_key(key)) {
    bool is_read = false;
    if (key == "user")
      is_read = reader.read_string(device.user_id);
    else if (key == "endpoint")
      is_read = reader.read_string(device.endpoint);
    else if (key == "p256dh")
      is_read = reader.read_string(device.p256dh);
    else if (key == "auth")
      is_read = reader.read_string(device.auth);
    else if (key == "key")
      is_read = reader.read_string(device.vapid_key);
    else if (key == "created")
      is_read = reader.read_integer(device.created_s);
    else if (key == "seen")
      is_read = reader.read_integer(device.seen_s);
    else
      is_read = reader.skip();
    if (!is_read) return std::nullopt;
  }
  if (reader.failed() || device.user_id.empty() || device.endpoint.empty()) return std::nullopt;
  return device;
}

}  // namespace dialogue::push
