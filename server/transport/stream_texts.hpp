// Common output of the transports over HTTP.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/catalogue/catalogue.hpp"

namespace dialogue::transport {

inline constexpr unsigned kNoContent = 204, kBadRequest = 400, kForbidden = 403, kMethodNotAllowed = 405, kTimedOut = 408,
                          kConflict = 409, kGone = 410, kTooLarge = 413, kUnavailable = 503;

/// A comment of this size opens an event stream: proxies that hold back the beginning of an answer forward it after 2 KiB.
inline constexpr std::size_t kPaddingBytes = 2048;

/// The name of an event by its number in frames; empty: there is none.
inline std::string_view event_name(const CatalogueView& catalogue, std::uint64_t number) {
  if (number == 0 || number > catalogue.event_count()) return {};
  return catalogue.event(static_cast<std::uint32_t>(number - 1)).name;
}

}  // namespace dialogue::transport
