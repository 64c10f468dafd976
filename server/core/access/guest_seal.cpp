// See guest_seal.hpp.
#include "server/core/access/guest_seal.hpp"

#include <charconv>
#include <memory>
#include <utility>

#include "shared/base/hex.hpp"

namespace dialogue::core {
namespace {

constexpr std::size_t kRandomDigits = 16, kMacBytes = 16;

}  // namespace

std::string guest_seal(const HmacKey& key, std::uint64_t random) {
  std::string seal = "guest ";
  const std::size_t prefix = seal.size();
  seal.reserve(prefix + kGuestSealDigits);
  append_hex(seal, random, kRandomDigits);
  const Sha256Digest mac = key.sign(seal);
  for (std::size_t i = 0; i < kMacBytes; ++i) append_hex(seal, mac[i], 2);
  return seal.erase(0, prefix);
}

std::optional<std::uint64_t> open_guest_seal(const HmacKey& key, std::string_view seal) {
  std::uint64_t random = 0;
  if (seal.size() != kGuestSealDigits) return std::nullopt;
  const auto [end, fault] = std::from_chars(seal.data(), seal.data() + kRandomDigits, random, 16);
  if (fault != std::errc{} || end != seal.data() + kRandomDigits) return std::nullopt;
  const std::string made = guest_seal(key, random);
  int differs = 0;  // all of it is compared, so that the time says nothing
  for (std::size_t i = 0; i < made.size(); ++i) differs |= made[i] ^ seal[i];
  return differs == 0 ? std::optional(random) : std::nullopt;
}

IdentitySource with_guest_seals(IdentitySource source, std::string_view secret) {
  return [source = std::move(source), key = std::make_shared<const HmacKey>(secret)](IdentityQuestion&& question,
                                                                                     std::function<void(AuthResult)> done) {
    if (const auto random = open_guest_seal(*key, question.guest_seal)) question.random = *random;
    source(std::move(question), [key, random = question.random, done = std::move(done)](AuthResult result) {
      if (auto* identity = std::get_if<Identity>(&result); identity != nullptr && !identity->token)
        identity->guest_seal = std::make_shared<const std::string>(guest_seal(*key, random));
      done(std::move(result));
    });
  };
}

}  // namespace dialogue::core
