// Notifications as an operator sets them. A plain value, and pure functions about it; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dialogue::push {

struct PushSettings {
  /// PEM files of private keys on P-256: the first is what pages subscribe with, further ones still serve older subscriptions.
  /// The VAPID keys; empty: notifications are off.
  std::vector<std::string> vapid;
  std::string subject;            ///< the contact for push services: "mailto:ops@example.com" or an https URL
  std::vector<std::string> host;  ///< of push services beside the known ones; see fault_of_push_host()

  std::size_t devices_per_user_max = 25;  ///< the one that was seen longest ago makes room
  std::size_t devices_max = 100'000;      ///< of all users; further ones are refused
  std::size_t waiting_max = 10'000;       ///< notifications on their way; further ones are refused
  std::size_t keys_max = 50'000;          ///< Idempotency-Keys within keys_life_s; notifications with a further one are refused
  std::uint64_t keys_life_s = 3'600;      ///< that an Idempotency-Key is known
  std::size_t connections_max = 8;        ///< to one push service
  std::size_t services_max = 64;          ///< push services (origins) that are known at a time
  std::uint64_t request_timeout_ms = 10'000;                       ///< of one request to a push service
  std::uint64_t retry_first_ms = 2'000, retry_max_ms = 3'600'000;  ///< before the second try, doubled for each further one
  std::size_t refusals_max = 3;          ///< devices of as many users in a row that a service refuses; then it is suspended
  std::uint64_t suspension_ms = 60'000;  ///< then the next notification probes it

  [[nodiscard]] bool is_set() const { return !vapid.empty(); }
};

}  // namespace dialogue::push
