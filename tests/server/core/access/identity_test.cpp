// Development identities and what every identity must fulfil.
#include "server/core/access/identity.hpp"

#include <catch2/catch.hpp>

namespace dialogue::core {
namespace {

AuthResult ask(const std::string& identity, const std::string& token = {}) {
  return development_authenticator(true)({token, identity}, {}, 0x0123456789ABCDEF);
}

}  // namespace

TEST_CASE("a development identity is accepted as stated") {
  const AuthResult result = ask(R"({"userId":"ann","name":"Ann","meta":{"role":"host","x":[1]},"more":{}})");
  const Identity identity = std::get<Identity>(result);
  CHECK(identity.user_id == "ann");
  CHECK(identity.name == "Ann");
  CHECK(identity.meta == R"({"role":"host","x":[1]})");
  CHECK(identity.role == "host");
}

TEST_CASE("without a userId the user is a guest") {
  const Identity nobody = std::get<Identity>(ask(""));
  CHECK(nobody.user_id.size() == 14);
  CHECK(nobody.user_id.rfind("guest-", 0) == 0);
  CHECK(std::get<Identity>(ask(R"({"name":"Ann"})")).user_id == nobody.user_id);  // the same chance
}

TEST_CASE("a token is refused if there is no key to check it with") {
  CHECK(std::get<Refusal>(ask("", "abc")).code == ErrorCode::unauthorized);
}

TEST_CASE("user ids are 1 to 128 bytes of text, and not the server's own") {
  CHECK(is_user_id("ann@example.com"));
  CHECK(is_user_id("\xC3\xA9 \xF0\x9F\x98\x80"));
  CHECK(is_user_id(std::string(128, 'x')));
  CHECK_FALSE(is_user_id(""));
  CHECK_FALSE(is_user_id(std::string(129, 'x')));
  CHECK_FALSE(is_user_id("system"));
  CHECK_FALSE(is_user_id("a\nb"));
  CHECK_FALSE(is_user_id("a\x7F"));
  CHECK_FALSE(is_user_id("\xFF"));
  CHECK_FALSE(is_user_id("\xED\xA0\x80"));
}

TEST_CASE("meta is an object within bounds, on one line, and carries the role") {
  Identity identity{"ann", "", "", ""};
  CHECK(set_meta(identity, "{\"role\":\n\"host\"}"));
  CHECK(identity.meta == R"({"role": "host"})");
  CHECK(identity.role == "host");
  CHECK(set_meta(identity, R"({"role":7})"));
  CHECK(identity.role.empty());
  CHECK_FALSE(set_meta(identity, "[]"));
  CHECK_FALSE(set_meta(identity, "{"));
  CHECK_FALSE(set_meta(identity, R"({"role":"a","role":"b"})"));
  CHECK_FALSE(set_meta(identity, R"({"x":")" + std::string(1024, 'x') + "\"}"));
  CHECK(identity.meta == R"({"role":7})");
}

TEST_CASE("F-S2 the application's meta lies over what the authentication said, and over the next one") {
  Identity identity{"ann", "", R"({"team":1})", "speaker"};
  CHECK_FALSE(lay_meta(identity, "[]"));
  CHECK(identity.authenticated == nullptr);
  REQUIRE(lay_meta(identity, R"({"role":"listener"})"));
  CHECK(identity.role == "listener");
  REQUIRE(lay_meta(identity, R"({"colour":"red"})"));
  CHECK(identity.role == "speaker");
  CHECK(identity.meta == R"({"colour":"red"})");
  CHECK(identity.authenticated->meta == R"({"team":1})");
  for (const char* none : {R"({"role":null})", R"({"role":5})", R"({"role":""})"}) {
    REQUIRE(lay_meta(identity, R"({"colour":"red"})"));
    CHECK(identity.role == "speaker");
    REQUIRE(lay_meta(identity, none));
    CHECK(identity.role.empty());
  }
  Identity next{"ann", "", R"({"team":2})", "host"};
  keep_layers(next, identity);
  CHECK(next.role.empty());
  CHECK(next.meta == R"({"role":""})");
  CHECK(next.authenticated->role == "host");
  Identity plain{"ann", "", "", "host"};
  keep_layers(plain, Identity{"ann", "", "{}", "guest"});
  CHECK(plain.role == "host");
}

TEST_CASE("an identity that others could not be shown is not presentable") {
  CHECK(is_presentable({"ann", "Ann", "{}", ""}));
  CHECK_FALSE(is_presentable({"", "", "", ""}));
  CHECK_FALSE(is_presentable({"ann", "A\nnn", "", ""}));
  CHECK_FALSE(is_presentable({"ann", std::string(257, 'x'), "", ""}));
  CHECK_FALSE(is_presentable({"ann", "", "[]", ""}));
  CHECK_FALSE(is_presentable({"ann", "", "{\"x\":\"" + std::string(1024, 'x') + "\"}", ""}));
}

TEST_CASE("F-S1 F-R20 a revocation by the server's clock covers what any clock within the leeway issued before it") {
  constexpr std::uint64_t kAtS = 1'000, kFar = kClockLeewayS + 1;
  TokenFacts token;
  const auto refusal = [&](bool is_exact, std::uint64_t issued_s) -> ErrorCode {
    token.issued_s = issued_s;
    const Revocation revocation{"", "ann", kAtS, is_exact};
    return is_covered("ann", &token, revocation) ? refusal_by(&token, revocation) : ErrorCode::ok;
  };
  CHECK(refusal(false, 0) == ErrorCode::token_revoked);
  CHECK(refusal(false, kAtS - kFar) == ErrorCode::token_revoked);
  CHECK(refusal(false, kAtS - kClockLeewayS) == ErrorCode::token_expired);
  CHECK(refusal(false, kAtS + kClockLeewayS - 1) == ErrorCode::token_expired);
  CHECK(refusal(false, kAtS + kClockLeewayS) == ErrorCode::ok);
  CHECK(refusal(true, kAtS - 1) == ErrorCode::token_revoked);
  CHECK(refusal(true, kAtS) == ErrorCode::ok);
}

TEST_CASE("F-S1 a user who signed in after a revocation that arrives late is disconnected and needs another token") {
  constexpr std::uint64_t kAtS = 1'000;
  TokenFacts token;
  token.id = "t-1";
  const auto ends = [&](std::uint64_t issued_s, const Revocation& revocation) {
    token.issued_s = issued_s;
    return end_by(&token, revocation);
  };
  CHECK(ends(kAtS - 1, {"", "ann", kAtS}) == ErrorCode::token_revoked);
  CHECK(ends(kAtS, {"", "ann", kAtS}) == ErrorCode::token_expired);
  CHECK(ends(kAtS, {"t-1", "", 0}) == ErrorCode::token_revoked);
  CHECK(end_by(nullptr, {"", "guest-ann", kAtS}) == ErrorCode::token_revoked);
}

TEST_CASE("a removed key covers the tokens that it signed, whosever and however old, and no guest") {
  TokenFacts token;
  token.key = 7;
  Revocation removed;
  removed.key = 7;
  CHECK(is_covered("ann", &token, removed));
  CHECK(refusal_by(&token, removed) == ErrorCode::token_expired);
  CHECK(end_by(&token, removed) == ErrorCode::token_expired);
  removed.key = 8;
  CHECK_FALSE(is_covered("ann", &token, removed));
  removed.user_id = "guest-ann";
  CHECK_FALSE(is_covered(Identity{"guest-ann", "", "", ""}, removed));
}

}  // namespace dialogue::core
