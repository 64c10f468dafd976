// Reads the primitives of lib0's encoding, which the Yjs update format is made of (https://github.com/dmonad/lib0, decoding.js):
// integers of 7 bits a byte, least first; texts of UTF-8 and bytes with their length before them; values of any kind. A read that
// meets the end, or what is malformed, returns zero or nothing and the reader is_bad() from then on. Pure; safe from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dialogue::document {

/// The first byte of a value.
enum class ValueType : std::uint8_t {
  bytes = 116,
  array = 117,
  object = 118,
  text = 119,
  yes = 120,
  no = 121,
  big_integer = 122,  ///< 8 bytes, as those of floats greatest first
  float64 = 123,
  float32 = 124,
  integer = 125,  ///< as integers, with a sign: 0x40 of the first byte
  null = 126,
  undefined = 127
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool is_bad() const { return bad_; }
  [[nodiscard]] bool at_end() const { return place_ == bytes_.size(); }
  [[nodiscard]] std::size_t place() const { return place_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - place_; }
  [[nodiscard]] std::string_view since(std::size_t start) const { return bytes_.substr(start, place_ - start); }
  void fail() { bad_ = true; }

  std::uint8_t byte() {
    if (place_ < bytes_.size()) return static_cast<std::uint8_t>(bytes_[place_++]);
    bad_ = true;
    return 0;
  }
  /// At most kSafeIntegerMax.
  std::uint64_t integer();
  /// Any bytes, with their length before them.
  std::string_view bytes();
  /// UTF-8, with its length in bytes before it.
  std::string_view text();
  /// One value, as its bytes; nested at most kValueDepthMax deep.
  std::string_view value();

 private:
  void skip(std::size_t count);
  void pass_value(std::size_t depth);

  std::string_view bytes_;
  std::size_t place_ = 0;
  bool bad_ = false;
};

}  // namespace dialogue::document
