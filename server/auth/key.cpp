// The names of algorithms, and what goes to HMAC or to OpenSSL's pairs.
#include "server/auth/key.hpp"

#include <array>
#include <utility>

#include "server/auth/key_openssl.hpp"

namespace dialogue {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"HS256", "RS256", "ES256", "EdDSA"};

}  // namespace

std::string_view algorithm_name(KeyAlgorithm algorithm) { return kNames[static_cast<std::size_t>(algorithm)]; }

std::optional<KeyAlgorithm> parse_algorithm(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<KeyAlgorithm>(i);
  return std::nullopt;
}

Key::Key(KeyAlgorithm algorithm, std::string id, std::string secret, std::shared_ptr<const OpensslKey> pair)
    : algorithm_(algorithm), id_(std::move(id)), secret_(std::move(secret)), pair_(std::move(pair)) {}

std::shared_ptr<const Key> Key::of_secret(std::string secret, std::string id) {
  return std::shared_ptr<const Key>(new Key(KeyAlgorithm::hs256, std::move(id), std::move(secret), nullptr));
}

std::shared_ptr<const Key> Key::of_pair(KeyAlgorithm algorithm, std::shared_ptr<const OpensslKey> pair, std::string id) {
  return std::shared_ptr<const Key>(new Key(algorithm, std::move(id), {}, std::move(pair)));
}

bool Key::can_sign() const { return !pair_ || has_private_part(*pair_); }

bool Key::verify(std::string_view text, std::string_view signature) const {
  if (!pair_) return is_same_secret(hmac_sha256(secret_, text), signature);
  return verify_signature(*pair_, text, signature);
}

std::optional<std::string> Key::sign(std::string_view text) const {
  if (!pair_) return hmac_sha256(secret_, text);
  return make_signature(*pair_, text);
}

}  // namespace dialogue
