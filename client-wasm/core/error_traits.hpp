// The parts of the table of error codes that the client needs, without its texts: which codes are retryable, and which close
// codes are final. Computed at compile time, so that the WASM file contains a few bytes instead of the table. Pure.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

#include "shared/base/errors.hpp"

namespace dialogue::client {

inline constexpr std::uint64_t kErrorCodeMax = 127;

namespace detail {
/// Whether a retry after a code may succeed.
enum class Outlook : std::uint8_t { unknown, retryable, final };
struct FinalClose {
  std::uint16_t close_code;
  ErrorCode code;
};

constexpr std::array<Outlook, kErrorCodeMax + 1> outlooks() {
  std::array<Outlook, kErrorCodeMax + 1> codes{};
  for (const ErrorRow& row : kErrors)
    if (row.code != ErrorCode::ok)
      codes[static_cast<std::size_t>(row.code)] = row.retryable ? Outlook::retryable : Outlook::final;
  return codes;
}
constexpr std::size_t kFinalCloses =
    std::count_if(kErrors.begin(), kErrors.end(), [](const ErrorRow& row) { return is_final_close(row.close_code); });
constexpr std::array<FinalClose, kFinalCloses> final_closes() {
  std::array<FinalClose, kFinalCloses> closes{};
  std::size_t count = 0;
  for (const ErrorRow& row : kErrors)
    if (is_final_close(row.close_code)) closes[count++] = {row.close_code, row.code};
  return closes;
}
inline constexpr auto kOutlooks = outlooks();
inline constexpr auto kFinalCloseTable = final_closes();

constexpr Outlook outlook(std::uint64_t code) { return code <= kErrorCodeMax ? kOutlooks[code] : Outlook::unknown; }
}  // namespace detail

/// The code as it is on the wire.
[[nodiscard]] constexpr std::uint64_t number(ErrorCode code) { return static_cast<std::uint64_t>(code); }

/// Whether trying again can succeed without any change. False for a code that this client does not know.
[[nodiscard]] constexpr bool is_retryable(std::uint64_t code) { return detail::outlook(code) == detail::Outlook::retryable; }

/// Whether a refused JOIN was not decided: it was too early, or the server is without its store or its hooks. Of the codes that a
/// retry can fix, room_full is a verdict, and identity_unavailable is the application's to know.
[[nodiscard]] constexpr bool is_undecided(std::uint64_t code) {
  return is_retryable(code) && code != number(ErrorCode::room_full) && code != number(ErrorCode::identity_unavailable);
}

/// Whether a BYE of this code is the end, on every transport: on one without close codes as on a WebSocket. 0 is not a BYE, and
/// what an unknown code means only the close code says.
[[nodiscard]] constexpr bool is_final_bye(std::uint64_t code) { return detail::outlook(code) == detail::Outlook::final; }

/// Returns the code that ends a client with this final `close_code`; `closed` if the table has none.
[[nodiscard]] constexpr ErrorCode error_of_close_code(std::uint16_t close_code) {
  for (const auto& [closes_with, code] : detail::kFinalCloseTable)
    if (closes_with == close_code) return code;
  return ErrorCode::closed;
}

}  // namespace dialogue::client
