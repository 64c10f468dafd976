// Erasing single events of a room: request and answer. Plain values and pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "server/core/messages/error.hpp"

namespace dialogue::api {

inline constexpr std::size_t kEventErasureMax = 256;  ///< sequences of one request

struct EventErasure {
  std::string room;
  std::vector<core::SeqRange> sequences{};
};

struct EventErasureReport {
  core::Error fault{};                      ///< rate_limited: too many erasures wait; not_supported: by the store
  std::uint64_t epoch = 0;                  ///< of the room's log
  std::vector<core::SeqRange> sequences{};  ///< that this request erased, in ascending order, without overlaps
  std::uint64_t events = 0;                 ///< the number of these sequences
  bool is_clean = false;                    ///< the store's files contain nothing of them any more
  bool is_recording = false;                ///< a flight recording may contain some of them
};

using EraseEvents = std::function<void(EventErasure what, std::function<void(EventErasureReport)> done)>;

/// Returns the ranges merged, in ascending order. Returns nothing if a range is empty or begins at 0, or if the ranges have no
/// sequences, or more than kEventErasureMax.
[[nodiscard]] std::optional<std::vector<core::SeqRange>> ordered_ranges(std::vector<core::SeqRange> ranges);

/// [[first,last],...]
[[nodiscard]] std::string ranges_text(const std::vector<core::SeqRange>& ranges);

}  // namespace dialogue::api
