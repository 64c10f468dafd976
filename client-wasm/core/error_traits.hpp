// What the client needs of the table of error codes, without its texts: which codes a retry can mend, which close codes are
// final. Worked out at compile time, so that a few bytes stand in the WASM file instead of the table. Pure.
#pragma once
#include <array>
#include <cstdint>

#include "shared/base/errors.hpp"

namespace dialogue::client {

inline constexpr std::uint64_t kErrorCodeMax = 127;

namespace detail {
constexpr std::array<bool, kErrorCodeMax + 1> retryable_codes() {
  std::array<bool, kErrorCodeMax + 1> codes{};
  for (const ErrorRow& row : kErrors) codes[static_cast<std::size_t>(row.code)] = row.retryable;
  return codes;
}
constexpr std::array<std::uint16_t, kErrorCodeMax + 1> close_codes() {
  std::array<std::uint16_t, kErrorCodeMax + 1> codes{};
  for (const ErrorRow& row : kErrors) codes[static_cast<std::size_t>(row.code)] = row.close_code;
  return codes;
}
inline constexpr auto kRetryable = retryable_codes();
inline constexpr auto kCloseCodes = close_codes();
}  // namespace detail

/// The code as it is on the wire.
[[nodiscard]] constexpr std::uint64_t number(ErrorCode code) { return static_cast<std::uint64_t>(code); }

/// Whether trying again can succeed without any change. A code that this client does not know is final.
[[nodiscard]] constexpr bool is_retryable(std::uint64_t code) { return code <= kErrorCodeMax && detail::kRetryable[code]; }

/// Whether a refused JOIN was not decided: it was too early, or the server is without its store or its hooks. Of the codes that a
/// retry can mend, room_full is a verdict, and identity_unavailable is the application's to know.
[[nodiscard]] constexpr bool is_undecided(std::uint64_t code) {
  return is_retryable(code) && code != number(ErrorCode::room_full) && code != number(ErrorCode::identity_unavailable);
}

/// The close code that goes with a BYE of this code; 0 when there is none.
[[nodiscard]] constexpr std::uint16_t close_code_of(std::uint64_t code) {
  return code <= kErrorCodeMax ? detail::kCloseCodes[code] : 0;
}

/// The code that closes with `close_code`, or `closed` where the table has none.
[[nodiscard]] constexpr ErrorCode error_of_close_code(std::uint16_t close_code) {
  for (std::size_t code = 1; code <= kErrorCodeMax; ++code)
    if (detail::kCloseCodes[code] == close_code) return static_cast<ErrorCode>(code);
  return ErrorCode::closed;
}

/// Close codes after which coming back is of no use (docs/protocol.md, "What ends a connection").
[[nodiscard]] constexpr bool is_terminal(std::uint16_t close_code) {
  return close_code == 1002 || close_code == 1003 || (close_code >= 1007 && close_code <= 1009) ||
         (close_code >= 4500 && close_code <= 4999);
}

}  // namespace dialogue::client
