// One key with its one algorithm: the algorithm in a token's header either matches it or not. Immutable and shared; safe from
// any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dialogue::auth {

/// RFC 7518 section 3.1 and RFC 8037 section 3.1.
enum class KeyAlgorithm : std::uint8_t { hs256, rs256, es256, eddsa, rs384, rs512, ps256, ps384, ps512, es384, es512 };

/// The material of a key. An RSA key is for one of six algorithms, as its JSON Web Key specifies (default RS256); a curve is
/// for one.
enum class KeyKind : std::uint8_t { secret, rsa, curve, ed25519 };
[[nodiscard]] KeyKind kind_of(KeyAlgorithm algorithm);

inline constexpr std::size_t kSecretBytesMin = 32;  ///< RFC 7518 section 3.2: a key of the size of the hash, or larger
inline constexpr int kRsaBitsMin = 2048, kRsaBitsMax = 8192;

/// "HS256", "PS384", "EdDSA": as they stand in `alg`.
[[nodiscard]] std::string_view algorithm_name(KeyAlgorithm algorithm);
/// Reads the name of an algorithm; returns no value for any other text, such as "none".
[[nodiscard]] std::optional<KeyAlgorithm> parse_algorithm(std::string_view name);

/// Returns a number that stands for `content`, differs in each process, and reveals nothing about it: 1 to 2^53 - 1, the numbers
/// that recordings can hold.
[[nodiscard]] std::uint64_t number_standing_for(std::string_view content);

/// What OpenSSL knows a key pair, or a public key, as.
struct OpensslKey;

class Key {
 public:
  /// `secret`: at least kSecretBytesMin bytes.
  [[nodiscard]] static std::shared_ptr<const Key> of_secret(std::string secret, std::string id);
  /// Of OpenSSL's, as key_openssl.hpp made sure, and of the algorithm's kind and curve.
  [[nodiscard]] static std::shared_ptr<const Key> of_pair(KeyAlgorithm algorithm, std::shared_ptr<const OpensslKey> pair,
                                                          std::string id);

  [[nodiscard]] KeyAlgorithm algorithm() const { return algorithm_; }
  [[nodiscard]] const std::string& id() const { return id_; }  ///< kid; empty: it has none
  /// Of algorithm and content, by number_standing_for(): keys that differ in their ids alone have one number.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] bool can_sign() const;
  /// Whether `signature` (raw bytes, as RFC 7518 section 3 has them) is this key's over `text`.
  [[nodiscard]] bool verify(std::string_view text, std::string_view signature) const;
  /// Returns the signature over `text`; no value if the key cannot sign.
  [[nodiscard]] std::optional<std::string> sign(std::string_view text) const;
  /// Returns the key pair; null for a secret.
  [[nodiscard]] const OpensslKey* pair() const { return pair_.get(); }
  [[nodiscard]] const std::string& secret() const { return secret_; }

 private:
  Key(KeyAlgorithm algorithm, std::string id, std::string secret, std::shared_ptr<const OpensslKey> pair);

  KeyAlgorithm algorithm_;
  std::string id_, secret_;
  std::shared_ptr<const OpensslKey> pair_;
  std::uint64_t number_;
};

}  // namespace dialogue::auth
