// See sqlite_rows.hpp.
#include "server/store/sqlite/tables/sqlite_rows.hpp"

#include <algorithm>

#include "server/store/checksum.hpp"

namespace dialogue::store {

std::uint64_t StoreRow::checksum() const {
  return Checksum().add(identity).add(commits).add(rooms_made).add(rooms_sum).add(newest_ms).value();
}

std::uint64_t RoomRow::checksum(const core::RoomKey& key) const {
  Checksum sum;
  sum.add(key.tenant).add(key.room).add(id).add(born).add(base).add(head).add(timestamp_ms).add(swept);
  sum.add(is_grouped ? 1 : 0).add(records_sum).add(producers_sum);
  if (keep_ms > 0) sum.add(keep_ms);  // as it was in version 1 where there is none
  return sum.value();
}

std::uint64_t record_checksum(const RoomRow& room, const core::LogRecord& record) {
  Checksum sum;
  sum.add(room.id).add(room.born).add(record.seq).add(record.timestamp_ms);
  sum.add(record.event).add(record.from).add(record.group).add(record.payload);
  if (record.deletes) sum.add(1);  // as it was before version 10 where it does not
  return sum.value();
}

std::uint64_t producer_checksum(const RoomRow& room, const core::ProducerState& producer, ReceiptForm form,
                                std::string_view receipts) {
  Checksum sum;
  sum.add(room.id).add(room.born).add(producer.key).add(producer.expected).add(producer.used_ms);
  sum.add(newest_sequence(producer)).add(receipts);
  if (form != ReceiptForm::fixed) sum.add(static_cast<std::uint64_t>(form));  // as it was before version 4 where there was one
  return sum.value();
}

std::uint64_t news_checksum(const RoomRow& room, std::uint64_t number, std::string_view bytes) {
  return Checksum().add(room.id).add(room.born).add(number).add(bytes).value();
}

std::uint64_t newest_sequence(const core::ProducerState& producer) {
  std::uint64_t newest = 0;
  for (const core::ProducerReceipt& receipt : producer.receipts)
    if (receipt.refused == ErrorCode::ok) newest = std::max(newest, receipt.seq);
  return newest;
}

}  // namespace dialogue::store
