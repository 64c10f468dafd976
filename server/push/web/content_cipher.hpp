// What encrypts for others beside TLS: agreement on a secret by P-256, HKDF-SHA256 (RFC 5869) and AES-128-GCM. Pure functions;
// safe from any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace dialogue::push {

inline constexpr std::size_t kAes128KeyBytes = 16, kGcmNonceBytes = 12, kGcmTagBytes = 16;

/// At most 32 bytes: one block of HKDF's output.
[[nodiscard]] std::string hkdf_sha256(std::string_view salt, std::string_view secret, std::string_view info, std::size_t bytes);

/// Returns the ciphertext, followed by the tag. `key` and `nonce` have the sizes above. Throws std::runtime_error without
/// OpenSSL's AES.
[[nodiscard]] std::string encrypt_aes128gcm(std::string_view key, std::string_view nonce, std::string_view text);

/// Returns the decrypted text; no value if the tag does not match.
[[nodiscard]] std::optional<std::string> decrypt_aes128gcm(std::string_view key, std::string_view nonce, std::string_view sealed);

}  // namespace dialogue::push
