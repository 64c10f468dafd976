// See audit_crypto.hpp.
#include "server/audit/audit_crypto.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace dialogue::audit {
namespace {

template <auto Free>
struct Freeing {
  template <typename T>
  void operator()(T* value) const {
    Free(value);
  }
};
using AuditKeyPtr = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using AuditDigestPtr = std::unique_ptr<EVP_MD_CTX, Freeing<EVP_MD_CTX_free>>;
struct Closing {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using AuditFilePtr = std::unique_ptr<std::FILE, Closing>;

constexpr std::size_t kPublicKeyBytes = 32, kSignatureBytes = 64;

const unsigned char* bytes_at(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

AuditKeyPtr read_key(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode))
    throw std::runtime_error(path + ": this is not a file. Name a file for the key.");
  const AuditFilePtr file(std::fopen(path.c_str(), "r"));
  if (!file && errno == ENOENT) return nullptr;
  if (!file) throw std::runtime_error(path + ": the key cannot be read: " + std::strerror(errno) + ". Check who may read it.");
  AuditKeyPtr key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr));
  if (!key || EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519)
    throw std::runtime_error(
        path + ": this file does not contain a private Ed25519 key. Make one with `openssl genpkey -algorithm ed25519`.");
  return key;
}

AuditKeyPtr make_key(const std::string& path) {
  AuditKeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const AuditFilePtr file(descriptor < 0 ? nullptr : ::fdopen(descriptor, "w"));
  const bool is_written = key && file &&
                          PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1 &&
                          std::fflush(file.get()) == 0 && ::fsync(descriptor) == 0;
  if (!is_written) {
    if (descriptor >= 0) ::unlink(path.c_str());  // half a key would be taken for a wrong one by the next start
    throw std::runtime_error(path + ": the key cannot be written. Check the directory's permissions and the free space.");
  }
  const AuditFilePtr open_key(std::fopen((path + ".pub").c_str(), "w"));
  if (open_key) PEM_write_PUBKEY(open_key.get(), key.get());
  return key;
}

std::string raw_public_key(const EVP_PKEY* key) {
  std::string bytes(kPublicKeyBytes, '\0');
  std::size_t size = bytes.size();
  EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(bytes.data()), &size);
  return bytes;
}

}  // namespace

struct SigningKey::State {
  AuditKeyPtr key;
};

Digest sha256(std::string_view bytes) {
  Digest digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 failed");
  return digest;
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    hex += kDigits[value >> 4];
    hex += kDigits[value & 15];
  }
  return hex;
}

std::optional<std::string> bytes_of_hex(std::string_view hex) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    throw std::runtime_error("no random bytes are available");
  return bytes;
}

SigningKey SigningKey::open(const std::string& path) {
  if (auto found = read(path)) return *std::move(found);
  return SigningKey(std::make_shared<const State>(State{make_key(path)}));
}

std::optional<SigningKey> SigningKey::read(const std::string& path) {
  AuditKeyPtr key = read_key(path);
  if (!key) return std::nullopt;
  return SigningKey(std::make_shared<const State>(State{std::move(key)}));
}

std::string SigningKey::sign(std::string_view text) const {
  const AuditDigestPtr context(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  const bool is_done =
      context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, state_->key.get()) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes_at(text), text.size()) == 1;
  if (!is_done) throw std::runtime_error("the audit cannot be signed");
  return signature;
}

std::string SigningKey::public_key() const { return raw_public_key(state_->key.get()); }

std::string read_public_key(const std::string& path) {
  const AuditFilePtr file(std::fopen(path.c_str(), "r"));
  const AuditKeyPtr key(file ? PEM_read_PUBKEY(file.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!key || EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519)
    throw std::runtime_error(path +
                             ": this file does not contain a public Ed25519 key. The server writes one beside the audit's key.");
  return raw_public_key(key.get());
}

bool is_signed(std::string_view public_key, std::string_view text, std::string_view signature) {
  const AuditKeyPtr key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_at(public_key), public_key.size()));
  const AuditDigestPtr context(EVP_MD_CTX_new());
  return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_at(signature), signature.size(), bytes_at(text), text.size()) == 1;
}

}  // namespace dialogue::audit
