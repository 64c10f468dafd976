#include "shared/document/byte_reader.hpp"

#include "shared/base/limits.hpp"
#include "shared/base/utf8.hpp"
#include "shared/document/document_limits.hpp"

namespace dialogue::document {

namespace {

constexpr unsigned kIntegerBitsMax = 53;

}  // namespace

std::uint64_t ByteReader::integer() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < kIntegerBitsMax; shift += 7) {
    const std::uint8_t next = byte();
    value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
    if (next < 0x80) {
      if (value > kSafeIntegerMax) break;
      return bad_ ? 0 : value;
    }
  }
  bad_ = true;
  return 0;
}

void ByteReader::skip(std::size_t count) {
  if (count > left()) {
    bad_ = true;
  } else {
    place_ += count;
  }
}

std::string_view ByteReader::bytes() {
  const std::uint64_t length = integer();
  if (bad_ || length > left()) {
    bad_ = true;
    return {};
  }
  place_ += length;
  return bytes_.substr(place_ - length, length);
}

std::string_view ByteReader::text() {
  const std::string_view text = bytes();
  if (is_utf8(text)) return text;
  bad_ = true;
  return {};
}

void ByteReader::pass_value(std::size_t depth) {
  const auto type = static_cast<ValueType>(byte());
  const bool is_nested = type == ValueType::array || type == ValueType::object;
  if (is_nested && depth == kValueDepthMax) bad_ = true;
  if (bad_) return;
  if (is_nested) {
    for (std::uint64_t count = integer(); count > 0 && !bad_; --count) {
      if (type == ValueType::object) text();
      pass_value(depth + 1);
    }
    return;
  }
  switch (type) {
    case ValueType::bytes:
      bytes();
      break;
    case ValueType::text:
      text();
      break;
    case ValueType::big_integer:
    case ValueType::float64:
      skip(8);
      break;
    case ValueType::float32:
      skip(4);
      break;
    case ValueType::integer:  // a sign and 6 bits first
      for (unsigned count = 0; (byte() & 0x80) != 0;)
        if (++count == 8 || bad_) return fail();
      break;
    case ValueType::yes:
    case ValueType::no:
    case ValueType::null:
    case ValueType::undefined:
      break;
    default:
      bad_ = true;
  }
}

std::string_view ByteReader::value() {
  const std::size_t start = place_;
  pass_value(0);
  return bad_ ? std::string_view() : since(start);
}

}  // namespace dialogue::document
