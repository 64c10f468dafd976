// The state of producers as the bytes of rows: short, because a row is written to the disk for each publication. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/log/room_log_types.hpp"

namespace dialogue::store {

enum class ReceiptForm : std::uint8_t {
  fixed = 0,      ///< 26 bytes each, little-endian: rows of databases before version 4
  long_hash = 1,  ///< as `deltas`, with 8 bytes of hash of which the lower half counts: rows of version 4
  deltas = 2,  ///< the hash, little-endian, then as LEB128 the fault, and sequence and time as zigzag steps from the one before
};

/// Encodes receipts in the form `deltas`, usually 7 to 11 bytes each.
[[nodiscard]] std::string receipts_to_bytes(const std::vector<core::ProducerReceipt>& receipts);

/// Decodes receipts; returns no value if the bytes do not have this form.
[[nodiscard]] std::optional<std::vector<core::ProducerReceipt>> receipts_from_bytes(ReceiptForm form, std::string_view bytes);

/// Encodes a write's changes to producers: for each one the key after its length, the next expected number, the time as a zigzag
/// step from the previous producer, the number of receipts, and these in the form `deltas`, which continues over all producers.
[[nodiscard]] std::string deltas_to_bytes(const std::vector<core::ProducerDelta>& producers);

/// Decodes the bytes of deltas_to_bytes(); returns no value if they are malformed.
[[nodiscard]] std::optional<std::vector<core::ProducerDelta>> deltas_from_bytes(std::string_view bytes);

}  // namespace dialogue::store
