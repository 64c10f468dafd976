// The keys that tokens may be signed with, read from PEM, JSON Web Keys (RFC 7517) or a bare secret. A set never changes: a new
// one takes its place. Safe from any thread.
//
//   auto read = read_keys(text, KeyOrigin::file);
//   for (const auto& key : std::get<KeySet>(read).candidates(KeyAlgorithm::es256, "2024-01")) ...
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/auth/key.hpp"
#include "server/auth/key_fault.hpp"

namespace dialogue::auth {

inline constexpr std::size_t kKeysMax = 64;             ///< in one set: each may be tried for a token that names none
inline constexpr std::size_t kKeyTextBytesMax = 65536;  ///< a file or an answer with keys

class KeySet {
 public:
  using Keys = std::vector<std::shared_ptr<const Key>>;

  KeySet() = default;
  explicit KeySet(Keys keys) : keys_(std::move(keys)) {}

  /// Keys that a token with this `kid` may be signed with: those of that id, and those without one; all when `kid` is empty.
  [[nodiscard]] Keys candidates(KeyAlgorithm algorithm, std::string_view kid) const;
  /// Whether a key has just this id.
  [[nodiscard]] bool has(std::string_view kid) const;
  [[nodiscard]] const Keys& keys() const { return keys_; }
  [[nodiscard]] bool empty() const { return keys_.empty(); }

 private:
  Keys keys_;
};

/// Joins two sets. Fails if they have two keys with the same id and algorithm, or too many keys.
[[nodiscard]] std::variant<KeySet, KeyError> joined_keys(const KeySet& first, const KeySet& second);

/// Where a text with keys came from: fetched text is public, so a secret in it is not a key.
enum class KeyOrigin : std::uint8_t { file, fetched };

/// Reads PEM, a JSON Web Key or a set of them. A file may also hold a bare secret for HS256: all of it but trailing line ends.
/// Keys that are not for signing, or of a kind that is not used here, are skipped. One weak or broken key fails the whole text.
[[nodiscard]] std::variant<KeySet, KeyError> read_keys(std::string_view text, KeyOrigin origin);

/// The reason, as text, for each key that was ignored.
using PassedOver = std::vector<std::string>;

/// Keys from an answer of a JWKS URL. A key that is weak, broken, secret, one too many, or has the kid of another one (there or
/// among `fixed`) is ignored, and the others count: one faulty key does not lock all users out. Fails without a usable key.
[[nodiscard]] std::variant<KeySet, KeyError> read_fetched_keys(std::string_view text, const KeySet& fixed,
                                                               PassedOver& passed_over);

/// A secret for HS256, as it is: 32 bytes at least.
[[nodiscard]] std::variant<KeySet, KeyError> read_secret(std::string_view secret);
/// A secret from a file or variable, without its byte order mark. Fails for texts that hold a key in another form, and for URLs:
/// everybody may know them.
[[nodiscard]] std::variant<KeySet, KeyError> read_secret_text(std::string_view text);

/// A key as a JSON Web Key: `private_part` says whether what signs is in it (RSA's is written as PEM only).
[[nodiscard]] std::string key_to_json(const Key& key, bool private_part);

/// RFC 7638: a name for a key that its content gives, for a `kid`.
[[nodiscard]] std::string key_thumbprint(const Key& key);

}  // namespace dialogue::auth
