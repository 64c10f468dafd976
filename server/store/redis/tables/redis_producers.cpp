// See redis_producers.hpp.
#include "server/store/redis/tables/redis_producers.hpp"

#include <array>
#include <utility>

#include "server/store/encoding/receipt_bytes.hpp"
#include "server/store/encoding/varint.hpp"

namespace dialogue::store {

std::string producer_row(const core::ProducerState& producer) {
  std::array<char, 2 * kVarintBytesMax> bytes{};
  ByteWriter writer(bytes.data());
  writer.put_varint(producer.expected);
  writer.put_varint(producer.used_ms);
  return std::string(bytes.data(), static_cast<std::size_t>(writer.at() - bytes.data())) + receipts_to_bytes(producer.receipts);
}

void add_producer_row(ProducerRows& rows, std::string key, std::string_view row) {
  std::uint64_t expected = 0, used_ms = 0;
  const bool is_read = take_varint(row, expected) && take_varint(row, used_ms);
  // A byte that is the beginning of no receipt.
  rows.add_row(std::move(key), expected, used_ms, is_read ? row : std::string_view("\x80", 1));
}

}  // namespace dialogue::store
