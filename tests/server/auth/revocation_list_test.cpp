// What the list of revocations remembers, and for how long.
#include "server/auth/revocation_list.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace dialogue;
using namespace dialogue::auth;
using namespace dialogue::core;

namespace {

KeptRevocation of_token(const std::string& id, std::uint64_t forget_at_s) {
  Revocation what;
  what.token_id = id;
  return {what, forget_at_s};
}

KeptRevocation of_user(const std::string& id, std::uint64_t forget_at_s) {
  Revocation what;
  what.user_id = id;
  what.issued_before_s = 100;
  what.is_exact = true;
  return {what, forget_at_s};
}

Identity holder(const std::string& user, const std::string& token) {
  Identity identity;
  identity.user_id = user;
  TokenFacts facts;
  facts.id = token;
  facts.issued_s = 50;
  identity.token = std::make_shared<const TokenFacts>(std::move(facts));
  return identity;
}

}  // namespace

TEST_CASE("F-P18 a revocation is forgotten when no token that it covers can be valid, and not before") {
  RevocationList list;
  list.add(of_token("long", 10'000), 1);
  list.add(of_user("ann", 10), 1);
  list.add(of_user("ann", 10'000), 1);  // the later end counts
  for (std::uint64_t now_s = 0; now_s < 100'000; ++now_s) {
    list.add(of_token("t" + std::to_string(now_s), now_s + 100), now_s);
    list.add(of_user("u" + std::to_string(now_s), now_s + 100), now_s);
    if (now_s == 9'000) {
      CHECK(list.refusal(holder("bob", "long")) == ErrorCode::token_revoked);
      CHECK(list.refusal(holder("ann", "")) == ErrorCode::token_revoked);
    }
  }
  CHECK(list.size() <= 1'024);
  CHECK(list.refusal(holder("bob", "t99999")) == ErrorCode::token_revoked);
  CHECK(list.refusal(holder("u99950", "")) == ErrorCode::token_revoked);
}
