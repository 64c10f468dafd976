// EVP, with what it allocates held by smart pointers. Errors of OpenSSL's become "no": its error queue is emptied each time.
#include "server/auth/key_openssl.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace dialogue::auth {
namespace {

template <auto Free>
struct Freeing {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freeing<Free>>;
using OwnedKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedNumber = Owned<BIGNUM, BN_clear_free>;
using OwnedBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;

constexpr std::size_t kEd25519Bytes = 32;

/// A curve, what OpenSSL and a JSON Web Key call it, and the size of its numbers.
struct Curve {
  KeyAlgorithm algorithm;
  const char* group;
  const char* name;
  std::size_t bytes;
};
constexpr std::array kCurves = {Curve{KeyAlgorithm::es256, SN_X9_62_prime256v1, "P-256", 32},
                                Curve{KeyAlgorithm::es384, SN_secp384r1, "P-384", 48},
                                Curve{KeyAlgorithm::es512, SN_secp521r1, "P-521", 66}};

const Curve& curve_of(KeyAlgorithm algorithm) {
  return *std::find_if(kCurves.begin(), kCurves.end(), [algorithm](const Curve& each) { return each.algorithm == algorithm; });
}

/// Its destructor clears the errors that OpenSSL has recorded, so that the next caller does not see them.
struct ErrorQueue {
  ErrorQueue() = default;
  ErrorQueue(const ErrorQueue&) = delete;
  ErrorQueue& operator=(const ErrorQueue&) = delete;
  ~ErrorQueue() { ERR_clear_error(); }
};

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

OwnedNumber number_of(std::string_view bytes) {
  return OwnedNumber(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

}  // namespace

struct OpensslKey {
  OwnedKey key;
  KeyAlgorithm algorithm;
  bool has_private;
};

namespace {

KeyError unusable() {
  return {"it is not an RSA key, an EC key with the curve P-256, P-384 or P-521, or an Ed25519 key",
          "Make one with `dialogue keys`."};
}

std::optional<KeyError> fault_in(EVP_PKEY* key, KeyAlgorithm& algorithm) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) {
    algorithm = KeyAlgorithm::rs256;
    const int bits = EVP_PKEY_get_bits(key);
    if (bits >= kRsaBitsMin && bits <= kRsaBitsMax) return std::nullopt;
    return KeyError{"the RSA key has " + std::to_string(bits) + " bits, not " + std::to_string(kRsaBitsMin) + " to " +
                        std::to_string(kRsaBitsMax),
                    "Make a new one, for example with `dialogue keys --alg RS256`."};
  }
  std::array<char, 64> group{};
  if (EVP_PKEY_is_a(key, "EC") == 1) {
    std::size_t size = 0;
    if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) return unusable();
    const std::string_view name = group.data();
    const auto* const curve =
        std::find_if(kCurves.begin(), kCurves.end(), [name](const Curve& each) { return name == each.group; });
    if (curve == kCurves.end()) return unusable();
    algorithm = curve->algorithm;
    return std::nullopt;
  }
  algorithm = KeyAlgorithm::eddsa;
  return EVP_PKEY_is_a(key, "ED25519") == 1 ? std::nullopt : std::optional(unusable());
}

PairOrError checked(OwnedKey key, bool has_private) {
  if (!key) return KeyError{"its numbers do not form a key", "Check that it was copied completely."};
  KeyAlgorithm algorithm{};
  if (auto fault = fault_in(key.get(), algorithm)) return std::move(*fault);
  return std::make_shared<const OpensslKey>(OpensslKey{std::move(key), algorithm, has_private});
}

/// A key out of named parameters.
OwnedKey from_parameters(const char* kind, OSSL_PARAM_BLD* builder, bool has_private) {
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder));
  EVP_PKEY* made = nullptr;
  if (!context || !parameters || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  const int what = has_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  if (EVP_PKEY_fromdata(context.get(), &made, what, parameters.get()) != 1) return nullptr;
  OwnedKey key(made);
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  const bool is_sound = check && (has_private ? EVP_PKEY_pairwise_check(check.get()) : EVP_PKEY_public_check(check.get())) == 1;
  return is_sound ? std::move(key) : nullptr;
}

/// A number as the key has it; padded in front to `size` where that is not 0.
std::string parameter(const OpensslKey& pair, const char* name, int size) {
  BIGNUM* found = nullptr;
  if (EVP_PKEY_get_bn_param(pair.key.get(), name, &found) != 1) return {};
  const OwnedNumber number(found);
  std::string bytes(static_cast<std::size_t>(size == 0 ? BN_num_bytes(number.get()) : size), '\0');
  if (BN_bn2binpad(number.get(), bytes_of(bytes), static_cast<int>(bytes.size())) < 0) return {};
  return bytes;
}

/// ECDSA's pair of numbers: as DER, which OpenSSL wants, out of the two of `bytes` bytes that a token has.
std::string der_of(std::string_view raw, std::size_t bytes) {
  if (raw.size() != 2 * bytes) return {};
  const Owned<ECDSA_SIG, ECDSA_SIG_free> signature(ECDSA_SIG_new());
  OwnedNumber r = number_of(raw.substr(0, bytes)), s = number_of(raw.substr(bytes));
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* written = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &written);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(written), static_cast<std::size_t>(size));
  OPENSSL_free(written);
  return der;
}

std::optional<std::string> raw_of(std::string_view der, std::size_t bytes) {
  const unsigned char* at = bytes_of(der);
  const Owned<ECDSA_SIG, ECDSA_SIG_free> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string raw(2 * bytes, '\0');
  const int size = static_cast<int>(bytes);
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes_of(raw), size) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes_of(raw) + bytes, size) < 0)
    return std::nullopt;
  return raw;
}

/// Returns the hash function of an algorithm; null for Ed25519, which hashes by itself.
const EVP_MD* digest_of(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::eddsa:
      return nullptr;
    case KeyAlgorithm::rs384:
    case KeyAlgorithm::ps384:
    case KeyAlgorithm::es384:
      return EVP_sha384();
    case KeyAlgorithm::rs512:
    case KeyAlgorithm::ps512:
    case KeyAlgorithm::es512:
      return EVP_sha512();
    default:
      return EVP_sha256();
  }
}

/// RFC 7518 section 3.5: PSS with a salt of the hash's size, and the same hash in its mask.
bool set_padding(EVP_PKEY_CTX* context, KeyAlgorithm algorithm) {
  const bool is_pss = algorithm == KeyAlgorithm::ps256 || algorithm == KeyAlgorithm::ps384 || algorithm == KeyAlgorithm::ps512;
  return !is_pss || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                     EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

/// Whether the pair is one for the algorithm: curves and Ed25519 are for their own only.
bool is_pair_for(const OpensslKey& pair, KeyAlgorithm algorithm) {
  return pair.algorithm == algorithm || (kind_of(pair.algorithm) == KeyKind::rsa && kind_of(algorithm) == KeyKind::rsa);
}

int no_password(char*, int, int, void*) { return -1; }

}  // namespace

KeyAlgorithm algorithm_of(const OpensslKey& pair) { return pair.algorithm; }
bool has_private_part(const OpensslKey& pair) { return pair.has_private; }

PairOrError pair_from_pem(std::string_view text) {
  const ErrorQueue errors;
  const Owned<BIO, BIO_free> source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const bool is_private = text.find("PRIVATE KEY-----") != std::string_view::npos;
  EVP_PKEY* read = is_private ? PEM_read_bio_PrivateKey(source.get(), nullptr, no_password, nullptr)
                              : PEM_read_bio_PUBKEY(source.get(), nullptr, no_password, nullptr);
  if (read == nullptr)
    return KeyError{"it is not a PEM text with one PUBLIC KEY or PRIVATE KEY without a password",
                    "Convert it, for example with `openssl pkey -pubout`."};
  return checked(OwnedKey(read), is_private);
}

bool is_der_key(std::string_view bytes) {
  const ErrorQueue errors;
  const auto read = [bytes](auto decode, auto release) {
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    auto* const found = decode(&at, static_cast<long>(bytes.size()));
    release(found);
    return found != nullptr;
  };
  return read([](auto at, long size) { return d2i_PUBKEY(nullptr, at, size); }, EVP_PKEY_free) ||
         read([](auto at, long size) { return d2i_PublicKey(EVP_PKEY_RSA, nullptr, at, size); }, EVP_PKEY_free) ||
         read([](auto at, long size) { return d2i_AutoPrivateKey(nullptr, at, size); }, EVP_PKEY_free) ||
         read([](auto at, long size) { return d2i_X509(nullptr, at, size); }, X509_free);
}

PairOrError rsa_from_numbers(std::string_view n, std::string_view e) {
  const ErrorQueue errors;
  const OwnedBuilder builder(OSSL_PARAM_BLD_new());
  const OwnedNumber modulus = number_of(n), exponent = number_of(e);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return checked(from_parameters("RSA", builder.get(), false), false);
}

PairOrError pair_from_point(KeyAlgorithm algorithm, std::string_view x, std::string_view y, std::string_view d) {
  const ErrorQueue errors;
  const Curve& curve = curve_of(algorithm);
  if (x.size() != curve.bytes || y.size() != curve.bytes) return checked(nullptr, false);
  const std::string point = "\x04" + std::string(x) + std::string(y);  // uncompressed, SEC 1 section 2.3.3
  const OwnedBuilder builder(OSSL_PARAM_BLD_new());
  const OwnedNumber secret = number_of(d);
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  if (!d.empty()) OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get());
  return checked(from_parameters("EC", builder.get(), !d.empty()), !d.empty());
}

PairOrError ed25519_from_bytes(std::string_view x, std::string_view d) {
  const ErrorQueue errors;
  if (x.size() != kEd25519Bytes || (!d.empty() && d.size() != kEd25519Bytes)) return checked(nullptr, false);
  OwnedKey key(d.empty() ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size())
                         : EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(d), d.size()));
  PairOrError result = checked(std::move(key), !d.empty());
  const auto* made = std::get_if<OpensslKeyPointer>(&result);
  if (made != nullptr && public_numbers(**made).first != x) return checked(nullptr, false);
  return result;
}

OpensslKeyPointer generate_pair(KeyAlgorithm algorithm) {
  const ErrorQueue errors;
  EVP_PKEY* made = nullptr;
  const KeyKind kind = kind_of(algorithm);
  if (kind == KeyKind::rsa) made = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{kRsaBitsMin});
  if (kind == KeyKind::curve) made = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve_of(algorithm).name);
  if (kind == KeyKind::ed25519) made = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (made == nullptr) throw std::runtime_error("OpenSSL cannot make the key");
  return std::make_shared<const OpensslKey>(
      OpensslKey{OwnedKey(made), kind == KeyKind::rsa ? KeyAlgorithm::rs256 : algorithm, true});
}

std::string random_secret(std::size_t bytes) {
  std::string secret(bytes, '\0');
  if (RAND_bytes(bytes_of(secret), static_cast<int>(bytes)) != 1) throw std::runtime_error("OpenSSL cannot provide random bytes");
  return secret;
}

std::string private_pem(const OpensslKey& pair) {
  const Owned<BIO, BIO_free> sink(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(sink.get(), pair.key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    throw std::runtime_error("OpenSSL cannot write the key");
  char* text = nullptr;
  const long size = BIO_get_mem_data(sink.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

PublicNumbers public_numbers(const OpensslKey& pair) {
  if (pair.algorithm == KeyAlgorithm::rs256)
    return {parameter(pair, OSSL_PKEY_PARAM_RSA_N, 0), parameter(pair, OSSL_PKEY_PARAM_RSA_E, 0)};
  if (kind_of(pair.algorithm) == KeyKind::curve) {
    const int bytes = static_cast<int>(curve_of(pair.algorithm).bytes);
    return {parameter(pair, OSSL_PKEY_PARAM_EC_PUB_X, bytes), parameter(pair, OSSL_PKEY_PARAM_EC_PUB_Y, bytes)};
  }
  std::string x(kEd25519Bytes, '\0');
  std::size_t size = x.size();
  if (EVP_PKEY_get_raw_public_key(pair.key.get(), bytes_of(x), &size) != 1) x.clear();
  return {std::move(x), {}};
}

std::string private_number(const OpensslKey& pair) {
  if (!pair.has_private || pair.algorithm == KeyAlgorithm::rs256) return {};
  if (kind_of(pair.algorithm) == KeyKind::curve)
    return parameter(pair, OSSL_PKEY_PARAM_PRIV_KEY, static_cast<int>(curve_of(pair.algorithm).bytes));
  std::string d(kEd25519Bytes, '\0');
  std::size_t size = d.size();
  if (EVP_PKEY_get_raw_private_key(pair.key.get(), bytes_of(d), &size) != 1) d.clear();
  return d;
}

std::string hmac_sha256(std::string_view secret, std::string_view text) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  const auto* made =
      HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(), bytes_of(digest), &size);
  if (made == nullptr) throw std::runtime_error("OpenSSL does not provide HMAC");
  digest.resize(size);
  return digest;
}

bool is_same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool verify_signature(const OpensslKey& pair, KeyAlgorithm algorithm, std::string_view text, std::string_view signature) {
  const ErrorQueue errors;
  const bool is_curve = kind_of(algorithm) == KeyKind::curve;
  if (!is_pair_for(pair, algorithm)) return false;
  const std::string der = is_curve ? der_of(signature, curve_of(algorithm).bytes) : std::string();
  if (is_curve) signature = der;
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;
  return !signature.empty() &&
         EVP_DigestVerifyInit(context.get(), &settings, digest_of(algorithm), nullptr, pair.key.get()) == 1 &&
         set_padding(settings, algorithm) &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
}

std::optional<std::string> make_signature(const OpensslKey& pair, KeyAlgorithm algorithm, std::string_view text) {
  const ErrorQueue errors;
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;
  std::size_t size = 0;
  if (!pair.has_private || !is_pair_for(pair, algorithm) ||
      EVP_DigestSignInit(context.get(), &settings, digest_of(algorithm), nullptr, pair.key.get()) != 1 ||
      !set_padding(settings, algorithm) || EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size()) != 1)
    return std::nullopt;
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(text), text.size()) != 1) return std::nullopt;
  signature.resize(size);
  return kind_of(algorithm) == KeyKind::curve ? raw_of(signature, curve_of(algorithm).bytes) : signature;
}

std::optional<std::string> agreed_secret(const OpensslKey& own, const OpensslKey& other) {
  const ErrorQueue errors;
  if (!own.has_private || own.algorithm != other.algorithm || kind_of(own.algorithm) != KeyKind::curve) return std::nullopt;
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_pkey(nullptr, own.key.get(), nullptr));
  std::size_t size = 0;
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), other.key.get()) != 1 ||
      EVP_PKEY_derive(context.get(), nullptr, &size) != 1)
    return std::nullopt;
  std::string secret(size, '\0');
  if (EVP_PKEY_derive(context.get(), bytes_of(secret), &size) != 1) return std::nullopt;
  secret.resize(size);
  return secret;
}

}  // namespace dialogue::auth
