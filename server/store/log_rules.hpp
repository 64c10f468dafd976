// The common rules of all built-in stores: whether a write fits its log, where the base moves, when a page is full, which
// producer may be forgotten, and the epoch of a log that was never written. Values; no thread of its own.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "server/core/log/producer_key.hpp"
#include "server/core/log/room_log_types.hpp"
#include "server/store/checksum.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::store {

/// Maximum old records that one request removes, beyond as many as it adds: so that no request takes long.
inline constexpr std::size_t kTrimRecordsMax = 256;

/// How long the metadata of an empty room stays (30 days), so that an old position is answered "trimmed", not wrong.
inline constexpr std::uint64_t kEmptyRoomKeptMs = 30ULL * 24 * 60 * 60 * 1000;
/// How often rooms that are not opened are swept: within this time the producers of their pages are deleted.
inline constexpr std::uint64_t kSweepPauseMs = 15 * 60 * 1000;
inline constexpr std::uint64_t kRoomsPerSweepStep = 64;

/// `stale` unless the records continue a log with this epoch and head.
[[nodiscard]] inline core::StoreStatus write_status(const core::RoomWrite& write, std::uint64_t epoch, std::uint64_t head) {
  if (write.epoch != epoch) return core::StoreStatus::stale;
  for (const core::LogRecord& record : write.records)
    if (record.seq != ++head) return core::StoreStatus::stale;
  return core::StoreStatus::ok;
}

[[nodiscard]] inline bool is_contiguous(const core::RoomWrite& write) {
  for (std::size_t i = 1; i < write.records.size(); ++i)
    if (write.records[i].seq != write.records[i - 1].seq + 1) return false;
  return true;
}

/// The base moves forward only, to one past the head at most.
[[nodiscard]] inline std::uint64_t base_after(std::uint64_t base, std::uint64_t asked, std::uint64_t head) {
  return std::min(std::max(base, asked), head + 1);
}

/// Whether one more payload would make the page too large. The first record always fits.
[[nodiscard]] inline bool is_page_full(const core::ReadRange& range, std::size_t records, std::size_t bytes,
                                       std::size_t payload) {
  return records > 0 && (records >= range.records_max || bytes + payload > range.bytes_max);
}

/// Whether a producer was unused since `before_ms`, and nothing that it published can be read any more.
[[nodiscard]] inline bool is_forgettable(const core::ProducerState& producer, std::uint64_t before_ms, std::uint64_t base) {
  if (producer.used_ms >= before_ms) return false;
  return std::none_of(producer.receipts.begin(), producer.receipts.end(), [&](const core::ProducerReceipt& receipt) {
    return receipt.refused == ErrorCode::ok && receipt.seq >= base;
  });
}

/// A page's, unused since: what it resends is refused then, whatever can still be read.
[[nodiscard]] inline bool is_page_over(const core::ProducerState& producer, std::uint64_t before_ms) {
  return producer.used_ms < before_ms && core::kind_of(producer.key) == core::ProducerKind::page;
}

/// The epoch of a log: from its store's identity and from a number that two logs of one name never share.
[[nodiscard]] inline std::uint64_t epoch_of(std::uint64_t identity, std::uint64_t born, const core::RoomKey& key) {
  const std::uint64_t sum = Checksum().add(identity).add(born).add(key.tenant).add(key.room).value();
  return 1 + sum % kSafeIntegerMax;
}

/// The inverse of epoch_of(): the number `born` with which a log has this epoch. `epoch` is 1 to kSafeIntegerMax.
[[nodiscard]] inline std::uint64_t born_of(std::uint64_t identity, std::uint64_t epoch, const core::RoomKey& key) {
  const std::uint64_t sum = Checksum::before(Checksum::before(epoch - 1, key.room), key.tenant);
  return Checksum::before(sum, Checksum().add(identity).value());
}

/// The epoch of the versions of the kept state: that of the store as a whole.
[[nodiscard]] inline std::uint64_t kept_epoch_of(std::uint64_t identity) { return epoch_of(identity, 0, {}); }

/// A log that was never written begins with the number of times that its store has forgotten logs. A shard that opened it just
/// before the store forgot some more may still write it. Of the last numbers, up to this bound, the one of `epoch`; without one
/// the newest.
[[nodiscard]] inline std::uint64_t erase_generation_for(std::uint64_t identity, std::uint64_t forgotten, const core::RoomKey& key,
                                                        std::uint64_t epoch) {
  constexpr std::uint64_t kEarlierNumbersMax = 64;
  for (std::uint64_t earlier = 0; earlier < kEarlierNumbersMax && earlier <= forgotten; ++earlier)
    if (epoch_of(identity, forgotten - earlier, key) == epoch) return forgotten - earlier;
  return forgotten;
}

}  // namespace dialogue::store
