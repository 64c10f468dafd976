// The tokens of sessions: access tokens, which calls and connections bring and which last for minutes, and refresh tokens, which
// stand in a cookie and change at each use (domain/rotation.hpp). Both name a session and are sealed by the server's key, so that
// none has to be kept. Whether the session is alive, the store says. Immutable; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::uint64_t kAccessLifeS = 600;

class Tokens {
 public:
  static constexpr std::size_t kKeyBytes = 32;

  /// `key`: kKeyBytes random bytes.
  explicit Tokens(std::string key) : key_(std::move(key)) {}

  struct Access {
    std::string session_id;
    std::uint64_t expires_s = 0;
  };
  struct Refresh {
    std::string session_id;
    std::uint64_t generation = 0;
  };

  [[nodiscard]] std::string access(std::string_view session_id, std::uint64_t expires_s) const;
  [[nodiscard]] std::string refresh(std::string_view session_id, std::uint64_t generation) const;
  /// Returns nothing if the token has another server's seal, or has expired.
  [[nodiscard]] std::optional<Access> read_access(std::string_view token, std::uint64_t now_s) const;
  /// Returns nothing if the token has another server's seal.
  [[nodiscard]] std::optional<Refresh> read_refresh(std::string_view token) const;

 private:
  [[nodiscard]] std::string sealed(std::string_view kind, std::string_view session_id, std::uint64_t number) const;

  std::string key_;
};

}  // namespace chat
