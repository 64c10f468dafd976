// See web_message.hpp. The names in quotes are those of the RFCs.
#include "server/push/web/web_message.hpp"

#include <stdexcept>
#include <utility>
#include <variant>

#include "server/auth/base64url.hpp"
#include "server/push/web/content_cipher.hpp"

namespace dialogue::push {
namespace {

using namespace std::string_literals;

constexpr std::size_t kCoordinateBytes = 32;
constexpr char kUncompressed = '\x04', kLastRecord = '\x02';
constexpr std::size_t kSecretBytes = 32;

/// Big-endian, as in the header of RFC 8188.
std::string record_size_text() {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>((kWebBodyBytesMax >> shift) & 0xff);
  return text;
}

}  // namespace

std::string point_of(const auth::OpensslKey& pair) {
  const auth::PublicNumbers numbers = auth::public_numbers(pair);
  return kUncompressed + numbers.first + numbers.second;
}

auth::OpensslKeyPointer pair_of_point(std::string_view point, std::string_view private_number) {
  if (point.size() != kPointBytes || point.front() != kUncompressed) return nullptr;
  auto pair = auth::pair_from_point(auth::KeyAlgorithm::es256, point.substr(1, kCoordinateBytes),
                                    point.substr(1 + kCoordinateBytes), private_number);
  auto* const made = std::get_if<auth::OpensslKeyPointer>(&pair);
  return made == nullptr ? nullptr : std::move(*made);
}

std::optional<Recipient> Recipient::of(std::string_view p256dh, std::string_view auth) {
  auto point = auth::decode_base64url(p256dh), secret = auth::decode_base64url(auth);
  if (!point || !secret || secret->size() != kWebAuthBytes) return std::nullopt;
  auto key = pair_of_point(*point);
  if (!key) return std::nullopt;
  return Recipient{std::move(key), std::move(*point), std::move(*secret)};
}

WebSeal WebSeal::random() { return {auth::generate_pair(auth::KeyAlgorithm::es256), auth::random_secret(kWebSaltBytes)}; }

std::string encrypt_web_message(const Recipient& recipient, std::string_view text, const WebSeal& seal,
                                std::size_t padded_bytes) {
  if (text.size() > kWebTextBytesMax || padded_bytes > kWebTextBytesMax)
    throw std::invalid_argument("a message above 4,096 bytes");
  const std::string own_point = point_of(*seal.key);
  const auto secret = auth::agreed_secret(*seal.key, *recipient.key);
  if (!secret) throw std::runtime_error("OpenSSL cannot agree on a secret");
  const std::string input = hkdf_sha256(recipient.auth, *secret, "WebPush: info\0"s + recipient.point + own_point, kSecretBytes);
  const std::string key = hkdf_sha256(seal.salt, input, "Content-Encoding: aes128gcm\0"s, kAes128KeyBytes);
  const std::string nonce = hkdf_sha256(seal.salt, input, "Content-Encoding: nonce\0"s, kGcmNonceBytes);
  std::string record = std::string(text) + kLastRecord;
  if (padded_bytes > text.size()) record.resize(padded_bytes + 1, '\0');
  return seal.salt + record_size_text() + static_cast<char>(kPointBytes) + own_point + encrypt_aes128gcm(key, nonce, record);
}

}  // namespace dialogue::push
