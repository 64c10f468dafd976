// See session_id.hpp.
#include "server/net/session_id.hpp"

#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <stdexcept>

#include "shared/base/hex.hpp"

namespace dialogue::net {
namespace {

constexpr std::size_t kRandomBytes = 16, kRandomDigits = 2 * kRandomBytes, kLoopDigits = 4;

}  // namespace

std::string make_session_id(std::uint32_t loop) {
  std::array<unsigned char, kRandomBytes> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("no random bytes");
  std::string id;
  for (const unsigned char byte : bytes) append_hex(id, byte, 2);
  append_hex(id, loop, kLoopDigits);
  return id;
}

std::optional<std::uint32_t> loop_of_session(std::string_view session, std::uint32_t loop_count) {
  if (session.size() != kRandomDigits + kLoopDigits) return std::nullopt;
  const std::string_view digits = session.substr(kRandomDigits);
  std::uint32_t loop = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), loop, 16);
  if (fault != std::errc{} || end != digits.data() + digits.size() || loop >= loop_count) return std::nullopt;
  return loop;
}

}  // namespace dialogue::net
