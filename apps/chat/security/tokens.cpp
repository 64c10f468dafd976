// A token is "KIND.SESSION.NUMBER.SEAL". The seal is HMAC-SHA-256 over what stands before it.
#include "apps/chat/security/tokens.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>
#include <stdexcept>

#include "apps/chat/security/random.hpp"

namespace chat {
namespace {

constexpr std::string_view kAccessKind = "a1", kRefreshKind = "r1";
constexpr std::size_t kTokenBytesMax = 256;

std::string seal_of(const std::string& key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
            text.size(), digest.data(), &length))
    throw std::runtime_error("HMAC failed.");
  return base64url({reinterpret_cast<const char*>(digest.data()), length});
}

struct Parts {
  std::string session_id;
  std::uint64_t number = 0;
};

std::optional<Parts> open(std::string_view token, std::string_view kind, const std::string& key) {
  if (token.size() > kTokenBytesMax) return std::nullopt;
  const auto last = token.rfind('.');
  if (last == std::string_view::npos) return std::nullopt;
  const std::string_view text = token.substr(0, last), seal = token.substr(last + 1);
  const std::string expected = seal_of(key, text);
  if (seal.size() != expected.size() || CRYPTO_memcmp(seal.data(), expected.data(), seal.size()) != 0) return std::nullopt;
  const auto first = text.find('.'), second = text.rfind('.');
  if (text.substr(0, first) != kind) return std::nullopt;
  Parts parts{std::string(text.substr(first + 1, second - first - 1)), 0};
  const std::string_view number = text.substr(second + 1);
  std::from_chars(number.data(), number.data() + number.size(), parts.number);
  return parts;
}

}  // namespace

std::string Tokens::sealed(std::string_view kind, std::string_view session_id, std::uint64_t number) const {
  const std::string text = std::string(kind) + "." + std::string(session_id) + "." + std::to_string(number);
  return text + "." + seal_of(key_, text);
}

std::string Tokens::access(std::string_view session_id, std::uint64_t expires_s) const {
  return sealed(kAccessKind, session_id, expires_s);
}

std::string Tokens::refresh(std::string_view session_id, std::uint64_t generation) const {
  return sealed(kRefreshKind, session_id, generation);
}

std::optional<Tokens::Access> Tokens::read_access(std::string_view token, std::uint64_t now_s) const {
  const auto parts = open(token, kAccessKind, key_);
  if (!parts || parts->number <= now_s) return std::nullopt;
  return Access{parts->session_id, parts->number};
}

std::optional<Tokens::Refresh> Tokens::read_refresh(std::string_view token) const {
  const auto parts = open(token, kRefreshKind, key_);
  if (!parts) return std::nullopt;
  return Refresh{parts->session_id, parts->number};
}

}  // namespace chat
