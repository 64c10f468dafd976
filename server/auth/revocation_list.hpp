// The revocations in force, by what they name, so that a token is judged in constant time however many there are. Any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "server/core/access/identity.hpp"

namespace dialogue::auth {

class RevocationList {
 public:
  /// Forgets those whose time is over by `now_s` (Unix) now and then: the list is at most twice as long as it has to be.
  void add(const core::KeptRevocation& revocation, std::uint64_t now_s);
  /// Returns the code (see core::refusal_by()) by which an identity is refused; no value: no revocation covers it.
  [[nodiscard]] std::optional<ErrorCode> refusal(const core::Identity& identity) const;
  /// Returns the number of revocations of this user's tokens only.
  [[nodiscard]] std::uint64_t count_of(const std::string& user_id) const;
  /// Returns the number of tokens and users that are remembered.
  [[nodiscard]] std::size_t size() const;

 private:
  static constexpr std::size_t kSweptMin = 1024;  ///< entries before the first sweep

  /// Issued before these Unix times, a token is revoked, or may have been issued on either side of the revocation.
  struct Until {
    std::uint64_t revoked_s = 0, unclear_s = 0, forget_at_s = 0;
    void add(const core::Revocation& revocation);
    [[nodiscard]] std::optional<ErrorCode> refusal(const core::TokenFacts& token) const;
  };

  mutable std::shared_mutex mutex_;
  struct Token {
    std::string user_id;  ///< that is named with it, or empty
    std::uint64_t forget_at_s = 0;
  };
  std::unordered_map<std::string, Token> tokens_;  ///< by token id
  std::unordered_map<std::string, Until> users_;   ///< by user id
  Until everyone_;
  std::size_t sweep_at_ = kSweptMin;
};

/// Returns a source that answers like `source`, except that it refuses the tokens on the list.
[[nodiscard]] core::IdentitySource not_revoked(core::IdentitySource source, std::shared_ptr<const RevocationList> list);

}  // namespace dialogue::auth
