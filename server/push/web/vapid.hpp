// Identifies this server to push services: VAPID (RFC 8292). A key on P-256 signs a token for each push service; pages subscribe
// with its public half.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/auth/key_openssl.hpp"

namespace dialogue::push {

inline constexpr std::uint64_t kVapidTokenLifeS = 12 * 3'600;  ///< at most 24 hours
inline constexpr std::uint64_t kVapidRenewalS = 3'600;         ///< before its end
inline constexpr std::size_t kVapidTokensMax = 256;            ///< push services whose tokens are kept
inline constexpr std::size_t kVapidKeysMax = 8;
inline constexpr std::size_t kVapidFileBytesMax = 16 * 1024;

struct VapidKey {
  auth::OpensslKeyPointer pair;
  std::string public_text;  ///< base64url of the point: what pages call applicationServerKey

  /// A private key on P-256, as PEM. The fault in words, without a full stop.
  [[nodiscard]] static std::variant<VapidKey, std::string> of_pem(std::string_view pem);
};

/// Why push services would refuse a text as the contact of a sender. Apple answers BadJwtToken to an address without a public
/// host, or with blanks, while other services accept those.
struct SubjectFault {
  std::string problem, advice;
};
[[nodiscard]] std::optional<SubjectFault> fault_of_subject(std::string_view subject);

/// "header.claims.signature", for the push service of this origin ("https://fcm.googleapis.com").
[[nodiscard]] std::string vapid_token(const VapidKey& key, std::string_view origin, std::string_view subject,
                                      std::uint64_t expires_s);

/// The values of Authorization, each made once for as long as it may be used. Used by one thread.
class VapidSigner {
 public:
  VapidSigner(std::vector<VapidKey> keys, std::string subject) : keys_(std::move(keys)), subject_(std::move(subject)) {}

  /// The key that new subscriptions are made with.
  [[nodiscard]] const VapidKey& current() const { return keys_.front(); }
  [[nodiscard]] bool knows(std::string_view public_text) const { return find(public_text) != nullptr; }
  /// Returns the field Authorization for a push service; empty if there is no such key.
  [[nodiscard]] std::string authorization(std::string_view public_text, const std::string& origin, std::uint64_t now_s);
  /// Forgets a token that the push service refused, so that the next call signs another one.
  void forget(const std::string& origin);

 private:
  struct Token {
    std::string text;
    std::uint64_t expires_s = 0;
  };
  [[nodiscard]] const VapidKey* find(std::string_view public_text) const;

  const std::vector<VapidKey> keys_;
  const std::string subject_;
  std::map<std::pair<std::string, std::string>, Token> tokens_;  ///< by origin and public key
};

}  // namespace dialogue::push
