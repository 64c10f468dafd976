// See content_cipher.hpp.
#include "server/push/web/content_cipher.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

#include "server/auth/key_openssl.hpp"

namespace dialogue::push {
namespace {

struct CipherEnd {
  void operator()(EVP_CIPHER_CTX* context) const {
    EVP_CIPHER_CTX_free(context);
    ERR_clear_error();
  }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherEnd>;

const unsigned char* cipher_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* cipher_bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void require_sizes(std::string_view key, std::string_view nonce) {
  if (key.size() != kAes128KeyBytes || nonce.size() != kGcmNonceBytes)
    throw std::invalid_argument("not a key and nonce of AES-GCM");
}

}  // namespace

std::string hkdf_sha256(std::string_view salt, std::string_view secret, std::string_view info, std::size_t bytes) {
  const std::string block = auth::hmac_sha256(auth::hmac_sha256(salt, secret), std::string(info) + '\x01');
  if (bytes > block.size()) throw std::invalid_argument("more than one block of HKDF");
  return block.substr(0, bytes);
}

std::string encrypt_aes128gcm(std::string_view key, std::string_view nonce, std::string_view text) {
  require_sizes(key, nonce);
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string sealed(text.size() + kGcmTagBytes, '\0');
  int size = 0, last = 0;
  if (!context || EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, cipher_bytes(key), cipher_bytes(nonce)) != 1 ||
      EVP_EncryptUpdate(context.get(), cipher_bytes(sealed), &size, cipher_bytes(text), static_cast<int>(text.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), cipher_bytes(sealed) + size, &last) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kGcmTagBytes), &sealed[text.size()]) != 1)
    throw std::runtime_error("OpenSSL does not provide AES-128-GCM");
  return sealed;
}

std::optional<std::string> decrypt_aes128gcm(std::string_view key, std::string_view nonce, std::string_view sealed) {
  require_sizes(key, nonce);
  if (sealed.size() < kGcmTagBytes) return std::nullopt;
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string tag(sealed.substr(sealed.size() - kGcmTagBytes)), text(sealed.size() - kGcmTagBytes, '\0');
  int size = 0, last = 0;
  if (!context || EVP_DecryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, cipher_bytes(key), cipher_bytes(nonce)) != 1 ||
      EVP_DecryptUpdate(context.get(), cipher_bytes(text), &size, cipher_bytes(sealed), static_cast<int>(text.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kGcmTagBytes), tag.data()) != 1 ||
      EVP_DecryptFinal_ex(context.get(), cipher_bytes(text) + size, &last) != 1)
    return std::nullopt;
  return text;
}

}  // namespace dialogue::push
