// Numbers as bytes of a row: LEB128, and steps between numbers as zigzag of both signs. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace dialogue::store {

namespace varint {
inline constexpr unsigned kLowBits = 7;
inline constexpr std::uint64_t kMore = 1U << kLowBits;
}  // namespace varint

/// No number of 64 bits takes more.
inline constexpr std::size_t kVarintBytesMax = (64 + varint::kLowBits - 1) / varint::kLowBits;

/// Writes where there is room for whatever comes: the check of a string's room at each byte took most of the time.
class ByteWriter {
 public:
  explicit ByteWriter(char* at) : at_(at) {}
  template <typename Number>
  void put(Number number) {
    std::memcpy(at_, &number, sizeof(number));
    at_ += sizeof(number);
  }
  void put_varint(std::uint64_t number) {
    for (; number >= varint::kMore; number >>= varint::kLowBits) *at_++ = static_cast<char>(number | varint::kMore);
    *at_++ = static_cast<char>(number);
  }
  void put_text(std::string_view text) {
    put_varint(text.size());
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  [[nodiscard]] const char* at() const { return at_; }

 private:
  char* at_;
};

/// Of bytes that hold a whole Number at least.
template <typename Number>
[[nodiscard]] Number take_number(std::string_view& bytes) {
  Number number = 0;
  std::memcpy(&number, bytes.data(), sizeof(number));
  bytes.remove_prefix(sizeof(number));
  return number;
}

/// False: no number of 64 bits begins here.
[[nodiscard]] inline bool take_varint(std::string_view& bytes, std::uint64_t& number) {
  number = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += varint::kLowBits) {
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    number |= (byte & (varint::kMore - 1)) << shift;
    if (byte < varint::kMore) return true;
  }
  return false;
}

/// Removes a text from the front of `bytes`, of which `text` becomes a part. Returns false if no text begins here, or its end is
/// missing.
[[nodiscard]] inline bool take_text(std::string_view& bytes, std::string_view& text) {
  std::uint64_t size = 0;
  if (!take_varint(bytes, size) || size > bytes.size()) return false;
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

/// Steps of both signs as small numbers: 0, -1, 1, -2 are 0, 1, 2, 3. Modulo 2^64, so that every step has one.
[[nodiscard]] constexpr std::uint64_t zigzag(std::uint64_t step) { return (step << 1) ^ (0 - (step >> 63)); }
[[nodiscard]] constexpr std::uint64_t unzigzag(std::uint64_t number) { return (number >> 1) ^ (0 - (number & 1)); }

}  // namespace dialogue::store
