// A producer's receipts are a ring: number n is at (n - 1) % kPublishInFlightMax, and the ring has one entry for each number,
// at most kPublishInFlightMax. Values; no thread of its own.
#pragma once
#include <cstddef>
#include <cstdint>

#include "server/core/log/room_log_types.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::core {

/// Returns the index of a number's receipt. `number` is at least 1.
[[nodiscard]] inline std::size_t ring_slot(std::uint64_t number) { return (number - 1) % kPublishInFlightMax; }

/// Makes a ring of another size, as a version with another kPublishInFlightMax kept it, one of ours. The receipts that it lacks
/// match no content: their numbers are a conflict, as they were before.
void resize_ring(ProducerState& producer);

/// The newest `count` numbers of a producer; count <= producer.receipts.size().
[[nodiscard]] ProducerDelta delta_of(const ProducerState& producer, std::uint64_t count);

/// Adds a delta to the state of the producer, which may be new itself. Numbers that are older than both match no content.
void apply_delta(ProducerState& producer, const ProducerDelta& delta);

}  // namespace dialogue::core
