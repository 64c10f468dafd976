// The names of algorithms, and what goes to HMAC or to OpenSSL's pairs.
#include "server/auth/key.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "server/auth/key_openssl.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::auth {
namespace {

struct Row {
  std::string_view name;
  KeyKind kind;
};

/// In the order of KeyAlgorithm.
constexpr std::array kRows = {Row{"HS256", KeyKind::secret},  Row{"RS256", KeyKind::rsa},  Row{"ES256", KeyKind::curve},
                              Row{"EdDSA", KeyKind::ed25519}, Row{"RS384", KeyKind::rsa},  Row{"RS512", KeyKind::rsa},
                              Row{"PS256", KeyKind::rsa},     Row{"PS384", KeyKind::rsa},  Row{"PS512", KeyKind::rsa},
                              Row{"ES384", KeyKind::curve},   Row{"ES512", KeyKind::curve}};
static_assert(kRows.size() == static_cast<std::size_t>(KeyAlgorithm::es512) + 1);

std::uint64_t number_of(KeyAlgorithm algorithm, const std::string& secret, const OpensslKey* pair) {
  std::string content = std::to_string(static_cast<unsigned>(algorithm)) + ' ' + secret;
  if (pair != nullptr) {
    const PublicNumbers numbers = public_numbers(*pair);
    content += std::to_string(numbers.first.size()) + ' ' + numbers.first + numbers.second;
  }
  return number_standing_for(content);
}

}  // namespace

std::uint64_t number_standing_for(std::string_view content) {
  static const std::string salt = random_secret(kSecretBytesMin);
  std::uint64_t number = 0;
  for (const char byte : hmac_sha256(salt, content).substr(0, sizeof number))
    number = number << 8 | static_cast<std::uint8_t>(byte);
  return std::max<std::uint64_t>(number & kSafeIntegerMax, 1);
}

std::string_view algorithm_name(KeyAlgorithm algorithm) { return kRows.at(static_cast<std::size_t>(algorithm)).name; }
KeyKind kind_of(KeyAlgorithm algorithm) { return kRows.at(static_cast<std::size_t>(algorithm)).kind; }

std::optional<KeyAlgorithm> parse_algorithm(std::string_view name) {
  for (std::size_t i = 0; i < kRows.size(); ++i)
    if (kRows.at(i).name == name) return static_cast<KeyAlgorithm>(i);
  return std::nullopt;
}

Key::Key(KeyAlgorithm algorithm, std::string id, std::string secret, std::shared_ptr<const OpensslKey> pair)
    : algorithm_(algorithm),
      id_(std::move(id)),
      secret_(std::move(secret)),
      pair_(std::move(pair)),
      number_(number_of(algorithm, secret_, pair_.get())) {}

std::shared_ptr<const Key> Key::of_secret(std::string secret, std::string id) {
  return std::shared_ptr<const Key>(new Key(KeyAlgorithm::hs256, std::move(id), std::move(secret), nullptr));
}

std::shared_ptr<const Key> Key::of_pair(KeyAlgorithm algorithm, std::shared_ptr<const OpensslKey> pair, std::string id) {
  return std::shared_ptr<const Key>(new Key(algorithm, std::move(id), {}, std::move(pair)));
}

bool Key::can_sign() const { return !pair_ || has_private_part(*pair_); }

bool Key::verify(std::string_view text, std::string_view signature) const {
  if (!pair_) return is_same_secret(hmac_sha256(secret_, text), signature);
  return verify_signature(*pair_, algorithm_, text, signature);
}

std::optional<std::string> Key::sign(std::string_view text) const {
  if (!pair_) return hmac_sha256(secret_, text);
  return make_signature(*pair_, algorithm_, text);
}

}  // namespace dialogue::auth
