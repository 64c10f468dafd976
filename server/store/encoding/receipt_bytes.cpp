// See receipt_bytes.hpp.
#include "server/store/encoding/receipt_bytes.hpp"

#include <utility>

#include "server/store/encoding/varint.hpp"

namespace dialogue::store {
namespace {

constexpr std::size_t kFixedBytes = 3 * sizeof(std::uint64_t) + sizeof(std::uint16_t);
constexpr std::size_t kBytesMax = sizeof(core::PayloadHash) + 3 * kVarintBytesMax;  ///< of a receipt in the form `deltas`

std::optional<std::vector<core::ProducerReceipt>> from_fixed(std::string_view bytes) {
  if (bytes.size() % kFixedBytes != 0) return std::nullopt;
  std::vector<core::ProducerReceipt> receipts(bytes.size() / kFixedBytes);
  for (core::ProducerReceipt& receipt : receipts) {
    receipt.hash = static_cast<core::PayloadHash>(take_number<std::uint64_t>(bytes));
    receipt.seq = take_number<std::uint64_t>(bytes);
    receipt.timestamp_ms = take_number<std::uint64_t>(bytes);
    receipt.refused = static_cast<ErrorCode>(take_number<std::uint16_t>(bytes));
  }
  return receipts;
}

/// Writes a receipt that follows `before`, in the form of receipts_to_bytes().
void put_receipt(ByteWriter& writer, const core::ProducerReceipt& receipt, const core::ProducerReceipt& before) {
  writer.put(receipt.hash);
  writer.put_varint(static_cast<std::uint16_t>(receipt.refused));
  writer.put_varint(zigzag(receipt.seq - before.seq));
  writer.put_varint(zigzag(receipt.timestamp_ms - before.timestamp_ms));
}

/// `receipt` is the one before, and becomes this one. False: none begins here.
template <typename StoredHash>
bool take_receipt(std::string_view& bytes, core::ProducerReceipt& receipt) {
  if (bytes.size() < sizeof(StoredHash)) return false;
  receipt.hash = static_cast<core::PayloadHash>(take_number<StoredHash>(bytes));
  std::uint64_t refused = 0, seq_step = 0, time_step = 0;
  if (!take_varint(bytes, refused) || !take_varint(bytes, seq_step) || !take_varint(bytes, time_step)) return false;
  if (refused > UINT16_MAX) return false;
  receipt.refused = static_cast<ErrorCode>(refused);
  receipt.seq += unzigzag(seq_step);
  receipt.timestamp_ms += unzigzag(time_step);
  return true;
}

template <typename StoredHash>
std::optional<std::vector<core::ProducerReceipt>> from_deltas(std::string_view bytes) {
  std::vector<core::ProducerReceipt> receipts;
  for (core::ProducerReceipt receipt; !bytes.empty(); receipts.push_back(receipt))
    if (!take_receipt<StoredHash>(bytes, receipt)) return std::nullopt;
  return receipts;
}

std::size_t bytes_max(const core::ProducerDelta& producer) {
  return producer.key.size() + 4 * kVarintBytesMax + producer.receipts.size() * kBytesMax;
}

}  // namespace

std::string receipts_to_bytes(const std::vector<core::ProducerReceipt>& receipts) {
  std::string bytes(receipts.size() * kBytesMax, '\0');
  ByteWriter writer(bytes.data());
  core::ProducerReceipt before;
  for (const core::ProducerReceipt& receipt : receipts) {
    put_receipt(writer, receipt, before);
    before = receipt;
  }
  bytes.resize(static_cast<std::size_t>(writer.at() - bytes.data()));
  return bytes;
}

std::optional<std::vector<core::ProducerReceipt>> receipts_from_bytes(ReceiptForm form, std::string_view bytes) {
  switch (form) {
    case ReceiptForm::fixed:
      return from_fixed(bytes);
    case ReceiptForm::long_hash:
      return from_deltas<std::uint64_t>(bytes);
    case ReceiptForm::deltas:
      return from_deltas<core::PayloadHash>(bytes);
  }
  return std::nullopt;
}

std::string deltas_to_bytes(const std::vector<core::ProducerDelta>& producers) {
  std::size_t size_max = 0;
  for (const core::ProducerDelta& producer : producers) size_max += bytes_max(producer);
  std::string bytes(size_max, '\0');
  ByteWriter writer(bytes.data());
  core::ProducerReceipt before;
  std::uint64_t used_ms = 0;
  for (const core::ProducerDelta& producer : producers) {
    writer.put_text(producer.key);
    writer.put_varint(producer.expected);
    writer.put_varint(zigzag(producer.used_ms - std::exchange(used_ms, producer.used_ms)));
    writer.put_varint(producer.receipts.size());
    for (const core::ProducerReceipt& receipt : producer.receipts) {
      put_receipt(writer, receipt, before);
      before = receipt;
    }
  }
  bytes.resize(static_cast<std::size_t>(writer.at() - bytes.data()));
  return bytes;
}

std::optional<std::vector<core::ProducerDelta>> deltas_from_bytes(std::string_view bytes) {
  std::vector<core::ProducerDelta> producers;
  core::ProducerReceipt receipt;
  std::uint64_t used_ms = 0;
  while (!bytes.empty()) {
    std::string_view key;
    std::uint64_t used_step = 0, count = 0;
    core::ProducerDelta& producer = producers.emplace_back();
    if (!take_text(bytes, key) || !take_varint(bytes, producer.expected) || !take_varint(bytes, used_step)) return std::nullopt;
    if (!take_varint(bytes, count) || count >= producer.expected) return std::nullopt;
    producer.key = key;
    producer.used_ms = used_ms += unzigzag(used_step);
    for (; count > 0; --count) {
      if (!take_receipt<core::PayloadHash>(bytes, receipt)) return std::nullopt;
      producer.receipts.push_back(receipt);
    }
  }
  return producers;
}

}  // namespace dialogue::store
