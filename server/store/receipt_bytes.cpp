// See receipt_bytes.hpp.
#include "server/store/receipt_bytes.hpp"

#include <cstring>

namespace dialogue {
namespace {

constexpr std::size_t kFixedBytes = 3 * sizeof(std::uint64_t) + sizeof(std::uint16_t);
constexpr unsigned kLowBits = 7;
constexpr std::uint64_t kMore = 1U << kLowBits;
constexpr std::size_t kShortBytesMax = (64 + kLowBits - 1) / kLowBits;
constexpr std::size_t kBytesMax = sizeof(PayloadHash) + 3 * kShortBytesMax;  ///< of a receipt in the form `deltas`

/// Writes where there is room for whatever comes: the check of a string's room at each byte took most of the time.
class Pen {
 public:
  explicit Pen(char* at) : at_(at) {}
  template <typename Number>
  void put(Number number) {
    std::memcpy(at_, &number, sizeof(number));
    at_ += sizeof(number);
  }
  void put_short(std::uint64_t number) {
    for (; number >= kMore; number >>= kLowBits) *at_++ = static_cast<char>(number | kMore);
    *at_++ = static_cast<char>(number);
  }
  [[nodiscard]] const char* at() const { return at_; }

 private:
  char* at_;
};

template <typename Number>
Number take(std::string_view& bytes) {
  Number number = 0;
  std::memcpy(&number, bytes.data(), sizeof(number));
  bytes.remove_prefix(sizeof(number));
  return number;
}

/// False: no number of 64 bits begins here.
bool take_short(std::string_view& bytes, std::uint64_t& number) {
  number = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += kLowBits) {
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    number |= (byte & (kMore - 1)) << shift;
    if (byte < kMore) return true;
  }
  return false;
}

/// Steps of both signs as small numbers: 0, -1, 1, -2 are 0, 1, 2, 3. Modulo 2^64, so that every step has one.
std::uint64_t zigzag(std::uint64_t step) { return (step << 1) ^ (0 - (step >> 63)); }
std::uint64_t unzigzag(std::uint64_t number) { return (number >> 1) ^ (0 - (number & 1)); }

std::optional<std::vector<ProducerReceipt>> from_fixed(std::string_view bytes) {
  if (bytes.size() % kFixedBytes != 0) return std::nullopt;
  std::vector<ProducerReceipt> receipts(bytes.size() / kFixedBytes);
  for (ProducerReceipt& receipt : receipts) {
    receipt.hash = static_cast<PayloadHash>(take<std::uint64_t>(bytes));
    receipt.seq = take<std::uint64_t>(bytes);
    receipt.timestamp_ms = take<std::uint64_t>(bytes);
    receipt.refused = static_cast<ErrorCode>(take<std::uint16_t>(bytes));
  }
  return receipts;
}

template <typename StoredHash>
std::optional<std::vector<ProducerReceipt>> from_deltas(std::string_view bytes) {
  std::vector<ProducerReceipt> receipts;
  for (ProducerReceipt receipt; !bytes.empty(); receipts.push_back(receipt)) {
    if (bytes.size() < sizeof(StoredHash)) return std::nullopt;
    receipt.hash = static_cast<PayloadHash>(take<StoredHash>(bytes));
    std::uint64_t refused = 0, seq_step = 0, time_step = 0;
    if (!take_short(bytes, refused) || !take_short(bytes, seq_step) || !take_short(bytes, time_step)) return std::nullopt;
    if (refused > UINT16_MAX) return std::nullopt;
    receipt.refused = static_cast<ErrorCode>(refused);
    receipt.seq += unzigzag(seq_step);
    receipt.timestamp_ms += unzigzag(time_step);
  }
  return receipts;
}

}  // namespace

std::string receipts_to_bytes(const std::vector<ProducerReceipt>& receipts) {
  std::string bytes(receipts.size() * kBytesMax, '\0');
  Pen pen(bytes.data());
  ProducerReceipt before;
  for (const ProducerReceipt& receipt : receipts) {
    pen.put(receipt.hash);
    pen.put_short(static_cast<std::uint16_t>(receipt.refused));
    pen.put_short(zigzag(receipt.seq - before.seq));
    pen.put_short(zigzag(receipt.timestamp_ms - before.timestamp_ms));
    before = receipt;
  }
  bytes.resize(static_cast<std::size_t>(pen.at() - bytes.data()));
  return bytes;
}

std::optional<std::vector<ProducerReceipt>> receipts_from_bytes(ReceiptForm form, std::string_view bytes) {
  switch (form) {
    case ReceiptForm::fixed:
      return from_fixed(bytes);
    case ReceiptForm::long_hash:
      return from_deltas<std::uint64_t>(bytes);
    case ReceiptForm::deltas:
      return from_deltas<PayloadHash>(bytes);
  }
  return std::nullopt;
}

}  // namespace dialogue
