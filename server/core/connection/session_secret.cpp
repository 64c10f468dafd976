// See session_secret.hpp.
#include "server/core/connection/session_secret.hpp"

#include <charconv>

namespace dialogue::core {
namespace {

std::optional<std::uint64_t> read_hex(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view line_of(std::string_view secret) {
  const bool is_well_formed =
      secret.size() == kSessionSecretDigits && secret.find_first_not_of("0123456789abcdef") == secret.npos;
  return is_well_formed ? secret.substr(0, kLineDigits) : std::string_view();
}

std::optional<Address> place_of_session(std::string_view secret, std::uint32_t shard_count) {
  if (secret.size() != kSessionSecretDigits) return std::nullopt;
  const auto shard = read_hex(secret.substr(kLineDigits, kShardDigits));
  const auto connection = read_hex(secret.substr(kLineDigits + kShardDigits));
  if (!shard || !connection || *shard >= shard_count) return std::nullopt;
  return Address{static_cast<std::uint32_t>(*shard), *connection};
}

}  // namespace dialogue::core
