// What every store of ours decides alike: whether a write fits its log, where the base goes, when a page is full, which
// producer may be forgotten, and the epoch of a log that was never written. Values; no thread of its own.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "server/core/room_log_types.hpp"
#include "server/store/checksum.hpp"
#include "shared/limits.hpp"

namespace dialogue {

/// Old records that one request takes away at most, beyond as many as it adds: so that no request takes long.
inline constexpr std::size_t kTrimRecordsMax = 256;

/// `stale` unless the records continue the log. A log that was never written takes the epoch of its first write.
[[nodiscard]] inline StoreStatus write_status(const RoomWrite& write, bool was_written, std::uint64_t epoch, std::uint64_t head) {
  if (write.epoch == 0 || (was_written && write.epoch != epoch)) return StoreStatus::stale;
  for (const LogRecord& record : write.records)
    if (record.seq != ++head) return StoreStatus::stale;
  return StoreStatus::ok;
}

/// The base moves forward only, to one past the head at most.
[[nodiscard]] inline std::uint64_t base_after(std::uint64_t base, std::uint64_t asked, std::uint64_t head) {
  return std::min(std::max(base, asked), head + 1);
}

/// Whether one more payload would make the page too large. The first record always fits.
[[nodiscard]] inline bool is_page_full(const ReadRange& range, std::size_t records, std::size_t bytes, std::size_t payload) {
  return records > 0 && (records >= range.records_max || bytes + payload > range.bytes_max);
}

/// Unused since `before_ms`, and nothing that it published can be read any more.
[[nodiscard]] inline bool is_forgettable(const ProducerState& producer, std::uint64_t before_ms, std::uint64_t base) {
  if (producer.used_ms >= before_ms) return false;
  return std::none_of(producer.receipts.begin(), producer.receipts.end(),
                      [&](const ProducerReceipt& receipt) { return receipt.refused == ErrorCode::ok && receipt.seq >= base; });
}

/// The epoch of a log that was never written, from the store's identity and how often it has forgotten logs.
[[nodiscard]] inline std::uint64_t first_epoch(std::uint64_t identity, std::uint64_t forgotten, const RoomKey& key) {
  const std::uint64_t sum = Checksum().add(identity).add(forgotten).add(key.tenant).add(key.room).value();
  return 1 + sum % kSafeIntegerMax;
}

}  // namespace dialogue
