// The parts of keys that use OpenSSL: reading and writing their numbers, signing and checking. Of the server, this file,
// server/audit and server/push/web use EVP. Pure functions over immutable values; safe from any thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/auth/key.hpp"
#include "server/auth/key_fault.hpp"

namespace dialogue::auth {

using OpensslKeyPointer = std::shared_ptr<const OpensslKey>;

/// A key whose kind is supported and that is large enough; otherwise the reason why it was refused.
using PairOrError = std::variant<OpensslKeyPointer, KeyError>;

/// Which algorithm a pair is for.
[[nodiscard]] KeyAlgorithm algorithm_of(const OpensslKey& pair);
[[nodiscard]] bool has_private_part(const OpensslKey& pair);

/// "-----BEGIN PUBLIC KEY-----" or "-----BEGIN PRIVATE KEY-----", and what older programs write for RSA and EC.
[[nodiscard]] PairOrError pair_from_pem(std::string_view text);
/// Out of a JSON Web Key's numbers, big-endian bytes; private parts are empty for a public key.
[[nodiscard]] PairOrError rsa_from_numbers(std::string_view n, std::string_view e);
[[nodiscard]] PairOrError pair_from_point(KeyAlgorithm algorithm, std::string_view x, std::string_view y, std::string_view d);
[[nodiscard]] PairOrError ed25519_from_bytes(std::string_view x, std::string_view d);

/// Whether the bytes are a key, public or private, or a certificate, in DER.
[[nodiscard]] bool is_der_key(std::string_view bytes);

/// A new pair out of the system's chance. Not for hs256.
[[nodiscard]] OpensslKeyPointer generate_pair(KeyAlgorithm algorithm);
[[nodiscard]] std::string random_secret(std::size_t bytes);

/// PKCS #8, as PEM.
[[nodiscard]] std::string private_pem(const OpensslKey& pair);
/// The public numbers: (n, e), (x, y), or (x, empty). Big-endian, as a JSON Web Key has them.
struct PublicNumbers {
  std::string first, second;
};
[[nodiscard]] PublicNumbers public_numbers(const OpensslKey& pair);
/// Returns the private number d of a key on a curve, or the private key of Ed25519. Empty if the pair has no private part, and
/// for RSA, whose private keys are written as PEM.
[[nodiscard]] std::string private_number(const OpensslKey& pair);

[[nodiscard]] std::string hmac_sha256(std::string_view secret, std::string_view text);
/// Compares secrets in constant time.
[[nodiscard]] bool is_same_secret(std::string_view a, std::string_view b);
[[nodiscard]] bool verify_signature(const OpensslKey& pair, KeyAlgorithm algorithm, std::string_view text,
                                    std::string_view signature);
[[nodiscard]] std::optional<std::string> make_signature(const OpensslKey& pair, KeyAlgorithm algorithm, std::string_view text);

/// Returns the secret that both sides of a key agreement (ECDH) derive; no value if the pairs are not on the same curve, or if
/// `own` has no private part.
[[nodiscard]] std::optional<std::string> agreed_secret(const OpensslKey& own, const OpensslKey& other);

}  // namespace dialogue::auth
