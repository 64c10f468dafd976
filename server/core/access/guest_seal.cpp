// See guest_seal.hpp.
#include "server/core/access/guest_seal.hpp"

#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include "shared/base/hex.hpp"
#include "shared/base/sha256.hpp"

namespace dialogue::core {
namespace {

constexpr std::size_t kRandomDigits = 16, kMacBytes = 16, kBlockBytes = 64;

std::string digest_of(const std::string& text) {
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return {digest.begin(), digest.end()};
}

}  // namespace

std::string sha256_hmac(std::string_view key, std::string_view text) {
  constexpr char kInner = 0x36, kOuter = 0x5c;
  std::string block(key);
  if (block.size() > kBlockBytes) block = digest_of(block);
  block.resize(kBlockBytes, '\0');
  std::string inner = block, outer = block;
  for (char& byte : inner) byte = static_cast<char>(byte ^ kInner);
  for (char& byte : outer) byte = static_cast<char>(byte ^ kOuter);
  return digest_of(outer + digest_of(inner.append(text)));
}

std::string guest_seal(std::string_view key, std::uint64_t random) {
  std::string seal;
  seal.reserve(kGuestSealDigits);
  append_hex(seal, random, kRandomDigits);
  const std::string mac = sha256_hmac(key, "guest " + seal);
  for (std::size_t i = 0; i < kMacBytes; ++i) append_hex(seal, static_cast<std::uint8_t>(mac[i]), 2);
  return seal;
}

std::optional<std::uint64_t> open_guest_seal(std::string_view key, std::string_view seal) {
  std::uint64_t random = 0;
  if (seal.size() != kGuestSealDigits) return std::nullopt;
  const auto [end, fault] = std::from_chars(seal.data(), seal.data() + kRandomDigits, random, 16);
  if (fault != std::errc{} || end != seal.data() + kRandomDigits) return std::nullopt;
  const std::string made = guest_seal(key, random);
  int differs = 0;  // all of it is compared, so that the time says nothing
  for (std::size_t i = 0; i < made.size(); ++i) differs |= made[i] ^ seal[i];
  return differs == 0 ? std::optional(random) : std::nullopt;
}

IdentitySource with_guest_seals(IdentitySource source, std::string key) {
  return [source = std::move(source), key = std::make_shared<const std::string>(std::move(key))](
             IdentityQuestion&& question, std::function<void(AuthResult)> done) {
    if (const auto random = open_guest_seal(*key, question.guest_seal)) question.random = *random;
    source(std::move(question), [key, random = question.random, done = std::move(done)](AuthResult result) {
      if (auto* identity = std::get_if<Identity>(&result); identity != nullptr && !identity->token)
        identity->guest_seal = std::make_shared<const std::string>(guest_seal(*key, random));
      done(std::move(result));
    });
  };
}

}  // namespace dialogue::core
