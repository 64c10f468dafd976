// See sqlite_rows.hpp.
#include "server/store/sqlite_rows.hpp"

#include <algorithm>
#include <cstring>

#include "server/store/checksum.hpp"
#include "shared/limits.hpp"

namespace dialogue {
namespace {

constexpr std::size_t kReceiptBytes = 3 * sizeof(std::uint64_t) + sizeof(std::uint16_t);

template <typename Number>
void put(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

template <typename Number>
Number take(std::string_view& bytes) {
  Number number = 0;
  std::memcpy(&number, bytes.data(), sizeof(number));
  bytes.remove_prefix(sizeof(number));
  return number;
}

}  // namespace

std::uint64_t StoreRow::checksum() const {
  return Checksum().add(identity).add(commits).add(rooms_made).add(rooms_sum).add(newest_ms).value();
}

std::uint64_t RoomRow::checksum(const RoomKey& key) const {
  Checksum sum;
  sum.add(key.tenant).add(key.room).add(id).add(born).add(base).add(head).add(timestamp_ms).add(swept);
  sum.add(is_grouped ? 1 : 0).add(records_sum).add(producers_sum);
  if (keep_ms > 0) sum.add(keep_ms);  // as it was in version 1 where there is none
  return sum.value();
}

std::uint64_t record_checksum(const RoomRow& room, const LogRecord& record) {
  Checksum sum;
  sum.add(room.id).add(room.born).add(record.seq).add(record.timestamp_ms);
  return sum.add(record.event).add(record.from).add(record.group).add(record.payload).value();
}

std::uint64_t producer_checksum(const RoomRow& room, const ProducerState& producer) {
  Checksum sum;
  sum.add(room.id).add(room.born).add(producer.key).add(producer.expected).add(producer.used_ms);
  return sum.add(newest_sequence(producer)).add(receipts_to_bytes(producer)).value();
}

std::uint64_t newest_sequence(const ProducerState& producer) {
  std::uint64_t newest = 0;
  for (const ProducerReceipt& receipt : producer.receipts)
    if (receipt.refused == ErrorCode::ok) newest = std::max(newest, receipt.seq);
  return newest;
}

std::string receipts_to_bytes(const ProducerState& producer) {
  std::string bytes;
  bytes.reserve(producer.receipts.size() * kReceiptBytes);
  for (const ProducerReceipt& receipt : producer.receipts) {
    put(bytes, receipt.hash);
    put(bytes, receipt.seq);
    put(bytes, receipt.timestamp_ms);
    put(bytes, static_cast<std::uint16_t>(receipt.refused));
  }
  return bytes;
}

std::optional<std::vector<ProducerReceipt>> receipts_from_bytes(std::string_view bytes) {
  if (bytes.size() % kReceiptBytes != 0) return std::nullopt;
  std::vector<ProducerReceipt> receipts(bytes.size() / kReceiptBytes);
  for (ProducerReceipt& receipt : receipts) {
    receipt.hash = take<std::uint64_t>(bytes);
    receipt.seq = take<std::uint64_t>(bytes);
    receipt.timestamp_ms = take<std::uint64_t>(bytes);
    receipt.refused = static_cast<ErrorCode>(take<std::uint16_t>(bytes));
  }
  return receipts;
}

}  // namespace dialogue
