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
  slow_down,    ///< again later, not before Retry-After
  unavailable,  ///< the same; the push service has a fault
  refused,      ///< a fault of this project, such as its key: again later; several in a row suspend the push service
};

/// Of a Web Push message (RFC 8030 section 5, RFC 8292 section 4.2). A redirect is not followed, and counts as a refusal.
[[nodiscard]] constexpr PushVerdict verdict_of(unsigned status) {
  constexpr unsigned kOk = 200, kNoContent = 204, kNotFound = 404, kTimeout = 408, kGone = 410, kTooLarge = 413, kTooMany = 429,
                     kServerFault = 500;
  if (status >= kOk && status <= kNoContent) return PushVerdict::accepted;
  if (status == kNotFound || status == kGone) return PushVerdict::gone;
  if (status == kTooLarge) return PushVerdict::too_large;
  if (status == kTooMany) return PushVerdict::slow_down;
  return status == kTimeout || status >= kServerFault ? PushVerdict::unavailable : PushVerdict::refused;
}

/// Seconds of a Retry-After, or the time until its date; 0: none that can be read.
[[nodiscard]] std::uint64_t retry_after_s(std::string_view field, std::uint64_t now_s);

/// The answer's text for a log: at most 160 printable bytes, without words that are long enough to be a token or an endpoint.
[[nodiscard]] std::string shown_answer(std::string_view body);

}  // namespace dialogue::push
