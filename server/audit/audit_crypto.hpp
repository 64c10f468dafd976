// SHA-256 and Ed25519 by OpenSSL, as values. Any thread.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dialogue::audit {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest sha256(std::string_view bytes);
[[nodiscard]] std::string hex_of(std::string_view bytes);
[[nodiscard]] std::optional<std::string> bytes_of_hex(std::string_view hex);
/// The given number of random bytes. Throws std::runtime_error if there are none.
[[nodiscard]] std::string random_bytes(std::size_t count);

[[nodiscard]] inline std::string_view view_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// A private Ed25519 key.
class SigningKey {
 public:
  /// Reads a PEM file; or creates one that only its owner may read, with the public key in PATH.pub. Throws std::runtime_error.
  static SigningKey open(const std::string& path);
  /// Reads a PEM file. Returns no value if the file does not exist. Throws std::runtime_error.
  static std::optional<SigningKey> read(const std::string& path);

  [[nodiscard]] std::string sign(std::string_view text) const;
  [[nodiscard]] std::string public_key() const;  ///< 32 bytes

 private:
  struct State;
  explicit SigningKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// The 32 bytes of the public key in a PEM file. Throws std::runtime_error.
[[nodiscard]] std::string read_public_key(const std::string& path);

/// `public_key`: 32 bytes.
[[nodiscard]] bool is_signed(std::string_view public_key, std::string_view text, std::string_view signature);

}  // namespace dialogue::audit
