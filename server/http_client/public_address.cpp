// The special-purpose registries of IANA (RFC 6890), as far as their blocks are not globally reachable.
#include "server/http_client/public_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace dialogue::http_client {
namespace {

struct BlockV4 {
  std::uint32_t first;
  unsigned bits;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c) { return a << 24 | b << 16 | c << 8; }

constexpr std::array kSpecialV4 = {
    BlockV4{v4(0, 0, 0), 8},      BlockV4{v4(10, 0, 0), 8},     BlockV4{v4(100, 64, 0), 10}, BlockV4{v4(127, 0, 0), 8},
    BlockV4{v4(169, 254, 0), 16}, BlockV4{v4(172, 16, 0), 12},  BlockV4{v4(192, 0, 0), 24},  BlockV4{v4(192, 0, 2), 24},
    BlockV4{v4(192, 88, 99), 24}, BlockV4{v4(192, 168, 0), 16}, BlockV4{v4(198, 18, 0), 15}, BlockV4{v4(198, 51, 100), 24},
    BlockV4{v4(203, 0, 113), 24}, BlockV4{v4(224, 0, 0), 3},
};

bool is_public_v4(std::uint32_t address) {
  return std::none_of(kSpecialV4.begin(), kSpecialV4.end(), [address](const BlockV4& block) {
    return address >> (32 - block.bits) == block.first >> (32 - block.bits);
  });
}

using BytesV6 = boost::asio::ip::address_v6::bytes_type;

std::uint32_t v4_at(const BytesV6& bytes, std::size_t place) {
  std::uint32_t address = 0;
  for (std::size_t i = place; i < place + 4; ++i) address = address << 8 | bytes[i];
  return address;
}

bool begins_with(const BytesV6& bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

/// Only 2000::/3 is assigned; in it, what stands for IPv4 or is for tests.
bool is_public_v6(const BytesV6& bytes) {
  constexpr std::size_t kLast4 = 12, kAfterPrefix16 = 2;
  if (begins_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return is_public_v4(v4_at(bytes, kLast4));
  if (begins_with(bytes, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return is_public_v4(v4_at(bytes, kLast4));
  if (begins_with(bytes, {0x20, 0x02})) return is_public_v4(v4_at(bytes, kAfterPrefix16));
  if (begins_with(bytes, {0x20, 0x01, 0x0d, 0xb8}) || begins_with(bytes, {0x3f, 0xff})) return false;
  if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 0x02) return false;  // 2001::/23: Teredo, ORCHID, benchmarks
  return (bytes[0] & 0xe0) == 0x20;
}

}  // namespace

bool is_public_address(const boost::asio::ip::address& address) {
  return address.is_v4() ? is_public_v4(address.to_v4().to_uint()) : is_public_v6(address.to_v6().to_bytes());
}

}  // namespace dialogue::http_client
