// Notifications in the HTTP API: requests and answers. Plain values.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "server/core/messages/error.hpp"

namespace dialogue::api {

inline constexpr std::uint64_t kPushTtlS = 24 * 3'600;

/// A subscription of a browser, as it gives it.
struct DeviceRegistration {
  std::string user_id;
  std::string endpoint, p256dh, auth;
  std::string key;  ///< the public VAPID key that it was made with
};

struct RegisteredDevice {
  core::Error fault{};
  std::string id{};
  bool is_created = false;
  std::size_t devices = 0;  ///< of the user
};

struct OwnDevice {
  std::string id, service;  ///< `service`: the host of the push service
  std::uint64_t created_s = 0, seen_s = 0;
  bool is_current = true;  ///< subscribed with the key that pages get now
};

/// One notification for all devices of a user.
struct Notification {
  std::string user_id;
  std::string title, body, url;
  std::string collapse;  ///< a later one with the same replaces it; empty: it stands alone
  std::string urgency = "normal";
  std::uint64_t ttl_s = kPushTtlS;
  std::uint64_t delay_ms = 0;  ///< before it is sent
  bool only_offline = false;   ///< not to a user who is connected when it is due
  std::string key;             ///< Idempotency-Key with its caller; empty: none
};

struct NotifyAnswer {
  core::Error fault{};
  std::string id{};         ///< in the log
  std::size_t devices = 0;  ///< that it is sent to; 0: nothing is sent
  bool is_duplicate = false;
};

/// Each `done` is called once, on any thread. Not set: the server has no notifications.
struct PushApi {
  std::string public_key{};  ///< base64url; empty: not set
  std::function<void(DeviceRegistration what, std::function<void(RegisteredDevice)> done)> put_device{};
  std::function<void(std::string user_id, std::function<void(std::vector<OwnDevice>)> done)> list_devices{};
  /// `done`: whether it was there.
  std::function<void(std::string user_id, std::string device, std::function<void(core::Error, bool)> done)> remove_device{};
  std::function<void(Notification what, std::function<void(NotifyAnswer)> done)> notify{};
};

}  // namespace dialogue::api
