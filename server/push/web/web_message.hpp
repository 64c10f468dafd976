// The body of a Web Push message: encrypted for one subscription (RFC 8291), in one record of aes128gcm (RFC 8188). Pure but for
// the system's chance; safe from any thread.
//
//   const auto recipient = Recipient::of(p256dh, auth);                  // as the browser gives them, base64url
//   std::string body = encrypt_web_message(*recipient, text, WebSeal::random());
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "server/auth/key_openssl.hpp"

namespace dialogue::push {

inline constexpr std::size_t kWebBodyBytesMax = 4096;  ///< that push services must take (RFC 8030 section 7.2)
inline constexpr std::size_t kWebSaltBytes = 16, kWebAuthBytes = 16, kPointBytes = 65;
/// What is not text in a body: salt, record size, the length of the key and the key, a delimiter, and a tag.
inline constexpr std::size_t kWebOverheadBytes = kWebSaltBytes + 4 + 1 + kPointBytes + 1 + 16;
inline constexpr std::size_t kWebTextBytesMax = kWebBodyBytesMax - kWebOverheadBytes;
/// Texts are padded to a multiple of this, so that their length says little.
inline constexpr std::size_t kWebPaddingStepBytes = 512;

/// Returns the uncompressed point of a key on P-256, as browsers write it.
[[nodiscard]] std::string point_of(const auth::OpensslKey& pair);
/// Returns the key of an uncompressed point (65 bytes), with its private half if `private_number` is set; null if the bytes are
/// not a point of the curve.
[[nodiscard]] auth::OpensslKeyPointer pair_of_point(std::string_view point, std::string_view private_number = {});

/// The keys of the device that a message is encrypted for.
struct Recipient {
  auth::OpensslKeyPointer key;
  std::string point, auth;

  /// Reads a device's keys; returns no value if they are not a point of P-256 and 16 bytes, in base64url.
  [[nodiscard]] static std::optional<Recipient> of(std::string_view p256dh, std::string_view auth);
};

/// The random parts of a message's encryption, new for each message.
struct WebSeal {
  auth::OpensslKeyPointer key;  ///< a pair on P-256
  std::string salt;             ///< kWebSaltBytes

  [[nodiscard]] static WebSeal random();
};

/// Encrypts a text of at most kWebTextBytesMax bytes, padded with zeros to `padded_bytes` if it is shorter.
[[nodiscard]] std::string encrypt_web_message(const Recipient& recipient, std::string_view text, const WebSeal& seal,
                                              std::size_t padded_bytes = 0);

/// Returns the padded length of a text of this length.
[[nodiscard]] constexpr std::size_t padded_size(std::size_t text_bytes) {
  const std::size_t steps = (text_bytes + kWebPaddingStepBytes) / kWebPaddingStepBytes * kWebPaddingStepBytes;
  return steps < kWebTextBytesMax ? steps : kWebTextBytesMax;
}

}  // namespace dialogue::push
