// The revocations in force, by what they name, so that a token is judged in constant time however many there are. Any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "server/core/access/identity.hpp"

namespace dialogue::auth {

class RevocationList {
 public:
  void add(const core::Revocation& revocation);
  [[nodiscard]] bool covers(const core::Identity& identity) const;
  /// How many revoke tokens of this user only.
  [[nodiscard]] std::uint64_t count_of(const std::string& user_id) const;

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::string> tokens_;   ///< by token id: the user that is named with it, or empty
  std::unordered_map<std::string, std::uint64_t> users_;  ///< by user id: issued before
  std::uint64_t everyone_before_s_ = 0;
};

/// What `source` says, but for tokens that are on the list: those are refused with token_revoked.
[[nodiscard]] core::IdentitySource not_revoked(core::IdentitySource source, std::shared_ptr<const RevocationList> list);

}  // namespace dialogue::auth
