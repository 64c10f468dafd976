// One client behind the flat C ABI, as calls with numbers: what abi.cpp exports, and what client-wasm/replay runs again natively
// from a recording. One function for each call that does more than to hand its numbers on.
// Not thread-safe.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "client-wasm/core/client.hpp"

namespace dialogue::client {

inline constexpr std::size_t kAreaNumbers = 16;

/// What is not in the range of the result becomes its nearest end, and NaN 0.
[[nodiscard]] inline std::uint64_t integer(double number) {
#ifdef __wasm__
  return __builtin_wasm_trunc_saturate_u_i64_f64(number);
#else
  constexpr double kEnd = 0x1p64;
  if (!(number > 0)) return 0;
  return number < kEnd ? static_cast<std::uint64_t>(number) : std::numeric_limits<std::uint64_t>::max();
#endif
}

struct Instance {
  Client client;
  std::array<double, kAreaNumbers> area{};

  /// The frame whose `count` leading numbers stand in the area.
  void receive(std::uint32_t count, std::uint32_t elements, RoomHandle room, double now) {
    std::optional<Incoming> frame = read_incoming(std::span(area).first(std::min<std::size_t>(count, kAreaNumbers)), elements);
    if (!frame) return client.violated(ErrorCode::frame_malformed, integer(now));
    frame->named_room = room;
    client.received(*frame, integer(now));
  }

  /// The next ActionKind, 0 when there is none. Area: reference, count, then `count` numbers.
  [[nodiscard]] std::uint32_t next() {
    const Action* const action = client.next();
    if (action == nullptr) return 0;
    area[0] = action->reference;
    area[1] = action->count;
    for (std::size_t i = 0; i < action->count; ++i) area[i + 2] = static_cast<double>(action->numbers[i]);
    return static_cast<std::uint32_t>(action->kind);
  }

  [[nodiscard]] double deadline() const {
    const std::uint64_t due = client.deadline();
    return due == kNever ? std::numeric_limits<double>::infinity() : static_cast<double>(due);
  }

  /// Area: epoch, sequence.
  void position(RoomHandle room) {
    const Position position = client.position(room);
    area[0] = static_cast<double>(position.epoch);
    area[1] = static_cast<double>(position.sequence);
  }
};

}  // namespace dialogue::client
