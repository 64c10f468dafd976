// What the answer of a push service means. The one table: nothing else removes a device. Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dialogue::push {

enum class PushVerdict : std::uint8_t {
  accepted,     ///< the push service has it
  gone,         ///< the subscription has ended: the device is removed
  too_large,    ///< dropped; the device stays
  slow_down,    ///< retried later, not before Retry-After
  unavailable,  ///< retried like slow_down; the push service has a fault
  refused,      ///< a fault on this side, such as the key: retried later; several in a row suspend the push service
};

/// Returns the verdict on a Web Push message from the push service's status (RFC 8030 section 5, RFC 8292 section 4.2). A
/// redirect is not followed, and counts as a refusal.
[[nodiscard]] constexpr PushVerdict verdict_of(unsigned status) {
  constexpr unsigned kOk = 200, kNoContent = 204, kNotFound = 404, kTimeout = 408, kGone = 410, kTooLarge = 413, kTooMany = 429,
                     kServerFault = 500;
  if (status >= kOk && status <= kNoContent) return PushVerdict::accepted;
  if (status == kNotFound || status == kGone) return PushVerdict::gone;
  if (status == kTooLarge) return PushVerdict::too_large;
  if (status == kTooMany) return PushVerdict::slow_down;
  return status == kTimeout || status >= kServerFault ? PushVerdict::unavailable : PushVerdict::refused;
}

/// Returns the seconds of a Retry-After, or until its date; 0 if it cannot be read.
[[nodiscard]] std::uint64_t retry_after_s(std::string_view field, std::uint64_t now_s);

/// Returns the response's text for a log: at most 160 printable bytes, without words long enough to be a token or an endpoint.
[[nodiscard]] std::string shown_answer(std::string_view body);

}  // namespace dialogue::push
