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
  void add(const core::Revocation& revocation);
  /// Returns the code (see core::refusal_by()) by which an identity is refused; no value: no revocation covers it.
  [[nodiscard]] std::optional<ErrorCode> refusal(const core::Identity& identity) const;
  /// Returns the number of revocations of this user's tokens only.
  [[nodiscard]] std::uint64_t count_of(const std::string& user_id) const;

 private:
  /// Issued before these Unix times, a token is revoked, or may have been issued on either side of the revocation.
  struct Until {
    std::uint64_t revoked_s = 0, unclear_s = 0;
    void add(const core::Revocation& revocation);
    [[nodiscard]] std::optional<ErrorCode> refusal(const core::TokenFacts& token) const;
  };

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::string> tokens_;  ///< by token id: the user that is named with it, or empty
  std::unordered_map<std::string, Until> users_;         ///< by user id
  Until everyone_;
};

/// Returns a source that answers like `source`, except that it refuses the tokens on the list.
[[nodiscard]] core::IdentitySource not_revoked(core::IdentitySource source, std::shared_ptr<const RevocationList> list);

}  // namespace dialogue::auth
