// The calls and streams of one connection that are in progress: at most kCallsMax. A plain struct, used by its shard only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "server/core/util/rate_meter.hpp"
#include "server/core/util/time.hpp"

namespace dialogue::core {

struct Exchange {
  std::uint32_t call = 0;                  ///< index in Definitions::calls
  std::uint64_t ticket = 0;                ///< of its handler
  std::uint64_t deadline_ms = kNever;      ///< monotonic
  std::uint64_t timeout_ms = 0;            ///< that led to the deadline
  std::uint64_t sent = 0, granted = 0;     ///< items to the client
  std::uint64_t written = 0, allowed = 0;  ///< items of the client
  bool has_finished = false;               ///< the client writes no more
};

struct ExchangeBook {
  std::unordered_map<std::uint64_t, Exchange> by_number;       ///< by the client's number
  std::unordered_map<std::uint64_t, std::uint64_t> number_of;  ///< by ticket
  std::unordered_map<std::uint32_t, RateMeter> meters;         ///< by call; of those that have a limit
  std::size_t calls = 0;                                       ///< without streams
};

}  // namespace dialogue::core
