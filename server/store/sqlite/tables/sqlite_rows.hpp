// The rows of a store's database as values, with their checksums. Pure.
#pragma once
#include <cstdint>
#include <string_view>

#include "server/core/log/room_log_types.hpp"
#include "server/store/encoding/receipt_bytes.hpp"

namespace dialogue::store {

/// The database as a whole.
struct StoreRow {
  std::uint64_t identity = 0;
  std::uint64_t commits = 0;     ///< number of transactions that led to this state
  std::uint64_t rooms_made = 0;  ///< the newest room id
  std::uint64_t rooms_sum = 0;   ///< of the checksums of all rooms, by exclusive or
  std::uint64_t newest_ms = 0;   ///< the latest timestamp that any record had: the store's own clock

  [[nodiscard]] std::uint64_t checksum() const;
};

struct RoomRow {
  std::uint64_t id = 0;
  std::uint64_t born = 0;  ///< with the store's identity and the room's name, its epoch follows (first_epoch)
  std::uint64_t base = 1, head = 0, timestamp_ms = 0;
  std::uint64_t swept = 1;                           ///< no record below is left
  bool is_grouped = false;                           ///< had a record with a group: only then can there be holes
  std::uint64_t records_sum = 0, producers_sum = 0;  ///< of the checksums of its rows, by exclusive or
  std::uint64_t keep_ms = 0;                         ///< older records may be deleted if the room is not opened; 0: none

  [[nodiscard]] std::uint64_t checksum(const core::RoomKey& key) const;
};

/// Returns the checksum of a record at its place: that of a moved record, or of one from an erased log, does not match.
[[nodiscard]] std::uint64_t record_checksum(const RoomRow& room, const core::LogRecord& record);

/// Returns the checksum of a producer's row. `receipts`: the row's bytes, in the form `form`.
[[nodiscard]] std::uint64_t producer_checksum(const RoomRow& room, const core::ProducerState& producer, ReceiptForm form,
                                              std::string_view receipts);

/// Returns the checksum of a row of news, over its number and bytes.
[[nodiscard]] std::uint64_t news_checksum(const RoomRow& room, std::uint64_t number, std::string_view bytes);

/// Returns the sequence of the producer's newest record; 0: it has none.
[[nodiscard]] std::uint64_t newest_sequence(const core::ProducerState& producer);

}  // namespace dialogue::store
