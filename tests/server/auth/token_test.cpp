// Tokens that are right, and every way in which they are not.
#include "shared/base/limits.hpp"
#include "tests/server/auth/token_kit.hpp"

namespace dialogue::testing {

using namespace auth;
using namespace core;

namespace {

const KeySet& secret_set() {
  static const KeySet kSet({key_for(KeyAlgorithm::hs256)});
  return kSet;
}

KeySet all_keys() {
  return KeySet({key_for(KeyAlgorithm::hs256, "h"), key_for(KeyAlgorithm::rs256, "r"), key_for(KeyAlgorithm::es256, "e"),
                 key_for(KeyAlgorithm::eddsa, "d")});
}

Identity identity_of(const std::string& text) {
  auto verdict = read_token(text, secret_set(), {}, kNowS);
  if (auto* fault = std::get_if<TokenError>(&verdict)) FAIL(fault->reason);
  return std::get<Identity>(std::move(verdict));
}

std::string with_claim(const std::string& more) { return verdict_on(token(claims(more)), secret_set()); }

constexpr const char* kForm = "token_invalid: its claims are not a JSON object with each name once";
constexpr const char* kHeaderForm = "token_invalid: its header is not a JSON object with each name once and of its type";
constexpr const char* kAlgorithm = "token_invalid: its alg is not supported";
constexpr const char* kNoKey = "token_invalid: no key matches its alg and kid";
constexpr const char* kSignature = "token_invalid: its signature was not made by a key of this server";

}  // namespace

TEST_CASE("a token of each algorithm yields its subject") {
  const auto algorithm = GENERATE(KeyAlgorithm::hs256, KeyAlgorithm::rs256, KeyAlgorithm::es256, KeyAlgorithm::eddsa);
  const SharedKey key = key_for(algorithm, all_keys().keys()[static_cast<std::size_t>(algorithm)]->id());
  CHECK(verdict_on(token(claims(), key), all_keys()) == "ok");
  CHECK(verdict_on(token(claims(), key_for(algorithm)), all_keys()) == "ok");  // without a kid all are tried
}

TEST_CASE("the claim rooms becomes capabilities, with the token's own claims in it; one of another form is refused") {
  const Identity ann = identity_of(token(claims(R"("rooms":{"user-{sub}":"join"})")));
  REQUIRE(ann.token->capabilities.has_value());
  CHECK(ann.token->capabilities->allows("user-" + ann.user_id, Right::join));
  CHECK_FALSE(ann.token->capabilities->allows("user-bob", Right::join));
  CHECK_FALSE(identity_of(token(claims())).token->capabilities.has_value());
  CHECK(with_claim(R"("rooms":{"chat":"jion"})") == "token_invalid: rooms: chat: \"jion\" is not a right");
}

TEST_CASE("claims become an identity, and all of them are kept as they stood") {
  const std::string text = claims(
      R"("name":"Ann A","role":"admin","meta":{"team":7,"role":"x"},"jti":"t-1","iat":1799999990,"rooms":{"chat":["join"]})");
  const Identity ann = identity_of(token(text));
  CHECK(ann.user_id == "ann");
  CHECK(ann.name == "Ann A");
  CHECK(ann.role == "admin");
  CHECK(ann.meta == R"({"team":7,"role":"x"})");
  REQUIRE(ann.token);
  CHECK(ann.token->id == "t-1");
  CHECK(ann.token->issued_s == 1'799'999'990);
  CHECK(ann.token->expires_s == kNowS + 60);
  CHECK(ann.token->claims == text);
  for (const char* more :
       {R"("meta":{"role":"mod"})", R"("role":"","meta":{"role":"mod"})", R"("meta":{"role":"mod"},"role":"")"})
    CHECK(identity_of(token(claims(more))).role.empty());  // F-S7
}

TEST_CASE("R-35 none of forty forged tokens is believed") {
  const SharedKey rsa = key_for(KeyAlgorithm::rs256, "r");
  const KeySet keys = all_keys();
  const KeySet without_secret(
      {key_for(KeyAlgorithm::rs256, "r"), key_for(KeyAlgorithm::es256, "e"), key_for(KeyAlgorithm::eddsa, "d")});
  const std::string body = "." + encode_base64url(claims()) + ".";
  int forged_count = 0;
  const auto refused = [&](const std::string& text, const KeySet& set, const std::string& why) {
    CAPTURE(text);
    CHECK(verdict_on(text, set) == why);
    ++forged_count;
  };
  SECTION("all") {
    for (const char* alg : {"none", "None", "NONE", "nOnE", "", "hs256", "HS384", "HS512", "ps256", "ES256K", "RS1", "A128KW"}) {
      const std::string header = encode_base64url(R"({"alg":")" + std::string(alg) + R"("})");
      refused(header + body, keys, kAlgorithm);
      refused(header + body + encode_base64url(std::string(32, 'x')), keys, kAlgorithm);
    }
    refused(encode_base64url("{}") + body, keys, kAlgorithm);
    refused(encode_base64url(R"({"alg":null})") + body, keys, kHeaderForm);
    refused(encode_base64url(R"({"alg":["HS256"]})") + body, keys, kHeaderForm);
    refused(encode_base64url(R"({"alg":"HS256","alg":"none"})") + body, keys, kHeaderForm);
    // HMAC with a public key as its secret, in the forms in which people have it.
    const PublicNumbers numbers = public_numbers(*rsa->pair());
    for (const std::string& guess : {numbers.first, key_to_json(*rsa, false), key_to_json(*key_for(KeyAlgorithm::rs256), false)})
      for (const char* kid : {"r", "e"}) {
        const auto liar = Key::of_secret(guess, kid);
        refused(token(claims(), liar), without_secret, kNoKey);
        refused(token(claims(), liar), keys, kNoKey);
      }
    // A signature of zeros, of the wrong length, none.
    for (const std::string& signature :
         {std::string(64, '\0'), std::string(63, '\1'), std::string(65, '\1'), std::string(72, '\x30')})
      for (const char* alg : {"ES256", "EdDSA"})
        refused(encode_base64url(R"({"alg":")" + std::string(alg) + R"("})") + body + encode_base64url(signature), keys,
                kSignature);
    CHECK(forged_count >= 40);
  }
  SECTION("a key of another algorithm by the same kid") {
    const SharedKey other = key_for(KeyAlgorithm::eddsa, "r");
    CHECK(verdict_on(token(claims(), other), KeySet({rsa})) == kNoKey);
  }
}

TEST_CASE("R-36 a header's URLs of keys are ignored, and kid is only compared") {
  const SharedKey kept = key_for(KeyAlgorithm::hs256);
  const Key& key = *kept;
  const KeySet named({key_for(KeyAlgorithm::hs256, "k1")});
  for (const std::string& kid :
       {std::string("../../../../dev/null"), std::string("x' UNION SELECT 'a"), std::string("https://evil.example/k"),
        std::string("/dev/null"), std::string(5000, 'k'), std::string("K1"), std::string("k1\\u0000")}) {
    const std::string text = forged(R"({"alg":"HS256","kid":")" + kid + R"("})", claims(), key);
    CHECK(verdict_on(text, named).find("token_invalid") == 0);
  }
  CHECK(verdict_on(forged(R"({"alg":"HS256","kid":7})", claims(), key), named) == kHeaderForm);
  CHECK(verdict_on(forged(R"({"alg":"HS256","kid":{"a":1}})", claims(), key), named) == kHeaderForm);
  const std::string own_key = key_to_json(*key_for(KeyAlgorithm::es256), false);
  const std::string elsewhere = R"("jku":"http://127.0.0.1:1/k","x5u":"http://127.0.0.1:1/c","x5c":["AAAA"],"jwk":)" + own_key;
  CHECK(verdict_on(forged(R"({"alg":"HS256",)" + elsewhere + "}", claims(), key), secret_set()) == "ok");
  CHECK(verdict_on(forged(R"({"alg":"ES256",)" + elsewhere + "}", claims(), *key_for(KeyAlgorithm::es256)), secret_set()) ==
        kNoKey);
  CHECK(verdict_on(forged(R"({"alg":"HS256","crit":["exp"]})", claims(), key), secret_set()) ==
        "token_invalid: its header has crit");
}

TEST_CASE("R-38 keys of two issuers with one kid never open for each other") {
  const KeySet a({Key::of_secret(std::string(32, 'a'), "k1")}), b({Key::of_secret(std::string(32, 'b'), "k1")});
  const std::string of_a = token(claims(R"("iss":"a")"), a.keys().front());
  CHECK(verdict_on(of_a, a, {{"a"}, {}}) == "ok");
  CHECK(verdict_on(of_a, b, {{"a"}, {}}) == kSignature);
  CHECK(verdict_on(of_a, a, {{"b"}, {}}) == "token_invalid: its iss is another issuer");
}

TEST_CASE("R-39 times are whole seconds with a leeway of 30") {
  const auto at = [](const std::string& name, std::uint64_t when) { return "\"" + name + "\":" + std::to_string(when); };
  const auto only = [](const std::string& members) {
    return verdict_on(token(R"({"sub":"ann",)" + members + "}"), secret_set());
  };
  CHECK(only(at("exp", kNowS - 29)) == "ok");
  CHECK(only(at("exp", kNowS - 30)) == "token_expired: its exp has passed");
  CHECK(only(at("exp", 0)) == "token_expired: its exp has passed");
  CHECK(verdict_on(token(R"({"sub":"ann"})"), secret_set()) == "token_invalid: it has no exp");
  CHECK(with_claim(at("nbf", kNowS + 30)) == "ok");
  CHECK(with_claim(at("nbf", kNowS + 31)) == "token_invalid: its nbf lies ahead");
  CHECK(with_claim(at("iat", kNowS + 30)) == "ok");
  CHECK(with_claim(at("iat", kNowS + 31)) == "token_invalid: its iat lies ahead");
  for (const char* exp : {R"("1900000000")", "null", "true", "[1]", "{}"})
    CHECK(only("\"exp\":" + std::string(exp)) == "token_invalid: its exp is not a number of seconds since 1970");
  // F-R25: fractions and exponents are cut to the stricter side.
  CHECK(only(R"("exp":1.80000006e9)") == "ok");
  CHECK(only("\"exp\":" + std::to_string(kNowS - 30) + ".9") == "token_expired: its exp has passed");
  CHECK(only(R"("exp":-5)") == "token_expired: its exp has passed");
  for (const char* exp : {"1e-400", "1E-400", "-1e999"})
    CHECK(only("\"exp\":" + std::string(exp)) == "token_expired: its exp has passed");
  for (const char* exp : {"1e30", "1e400", "18446744073709551616"})
    CHECK(only("\"exp\":" + std::string(exp)) == "token_invalid: it lives longer than 366 days");
  CHECK(with_claim("\"nbf\":" + std::to_string(kNowS + 30) + ".1") == "token_invalid: its nbf lies ahead");
  CHECK(identity_of(token(claims("\"iat\":" + std::to_string(kNowS) + ".9"))).token->issued_s == kNowS);
  CHECK(only(at("exp", kNowS + kTokenLifeMaxS)) == "ok");
  CHECK(only(at("exp", kNowS + kTokenLifeMaxS + 1)) == "token_invalid: it lives longer than 366 days");
  CHECK(only(at("exp", kNowS + 60) + "," + at("iat", kNowS + 60 - kTokenLifeMaxS - 1)) ==
        "token_invalid: it lives longer than 366 days");
}

TEST_CASE("R-39 issuer and audience are those that were configured") {
  const TokenPolicy policy{{"https://other.example", "https://id.example"}, {"call", "chat"}};
  const auto said = [&](const std::string& members) { return verdict_on(token(claims(members)), secret_set(), policy); };
  CHECK(said(R"("iss":"https://id.example","aud":"chat")") == "ok");
  CHECK(said(R"("iss":"https://id.example","aud":["other","chat"])") == "ok");
  CHECK(said(R"("iss":"https://id.example","aud":["other"])") == "token_invalid: its aud is another audience");
  CHECK(said(R"("iss":"https://id.example","aud":"Chat")") == "token_invalid: its aud is another audience");
  CHECK(said(R"("iss":"https://id.example","aud":[])") == "token_invalid: its aud is another audience");
  CHECK(said(R"("iss":"https://id.example")") == "token_invalid: its aud is another audience");
  CHECK(said(R"("aud":"chat")") == "token_invalid: its iss is another issuer");
  CHECK(said(R"("iss":"https://id.example/","aud":"chat")") == "token_invalid: its iss is another issuer");
  CHECK(said(R"("iss":"https://id.example","aud":{"a":1})") == "token_invalid: its aud is not a string or a list of strings");
  CHECK(said(R"("iss":["https://id.example"],"aud":"chat")") == "token_invalid: its iss is not a string");
  CHECK(with_claim(R"("iss":"anybody")") == "ok");
  CHECK(with_claim(R"("aud":"chat")") == "token_invalid: it is for an audience, and this server has none configured");
}

TEST_CASE("F-S4 users and roles of a realm are nobody else's, and it grants no manage") {
  const TokenPolicy policy{{"partner", "us", ""}, {}, {{"partner", "p:"}, {"other", "o:"}}, true};
  const auto read = [&](const std::string& more, const std::string& sub = "ann") {
    return read_token(token(claims(more, sub)), secret_set(), policy, kNowS);
  };
  const auto said = [&](const std::string& more, const std::string& sub = "ann") {
    const auto verdict = read(more, sub);
    const auto* fault = std::get_if<TokenError>(&verdict);
    return fault == nullptr ? std::string("ok") : fault->reason;
  };
  const auto theirs = read(R"("iss":"partner","role":"admin","rooms":{"inbox-{sub}":"*"})");
  const Identity& ann = std::get<Identity>(theirs);
  CHECK(ann.user_id == "p:ann");
  CHECK(ann.role == "p:admin");
  CHECK(ann.token->is_of_realm);
  CHECK(ann.token->capabilities->allows("inbox-p:ann", Right::join));
  CHECK_FALSE(ann.token->capabilities->allows("inbox-ann", Right::join));
  const auto ours = read(R"("role":"admin")");
  CHECK(std::get<Identity>(ours).user_id == "ann");
  CHECK_FALSE(std::get<Identity>(ours).token->is_of_realm);
  CHECK(said("", "p:ann") == "its sub begins like users of another issuer");
  CHECK(said(R"("iss":"us","role":"o:admin")") == "its role begins like roles of another issuer");
  CHECK(said(R"("iss":"partner")", "o:ann") == "ok");  // p:o:ann
  CHECK(said(R"("iss":"partner","rooms":{"*":["*","manage"]})") == "its issuer may not grant manage");
  CHECK(said(R"("rooms":{"*":["*","manage"]})") == "ok");
  for (const std::string& sub : {std::string(127, 'u'), std::string()})
    CHECK(said(R"("iss":"partner")", sub) == "its sub is not a user id of 1 to 128 bytes");
  TokenPolicy unbound = policy;
  unbound.is_bound = false;
  CHECK(verdict_on(token(claims(R"("iss":"partner")")), secret_set(), unbound) ==
        "token_invalid: its iss is one whose tokens other keys sign");
}

TEST_CASE("claims of another type, or repeated ones, are refused") {
  CHECK(with_claim(R"("sub":"bob")") == kForm);
  for (const char* more : {R"("name":7)", R"("meta":[])", R"("meta":"x")", R"("role":{})", R"("jti":7)", R"("name":"a\u0007b")",
                           R"("meta":{"a":1,"a":2})"}) {
    CAPTURE(more);
    const std::string name = std::string(more).substr(1, std::string(more).find('"', 1) - 1);
    CHECK(with_claim(more).starts_with("token_invalid: its " + name + " is not "));
  }
  CHECK(with_claim(R"("jti":")" + std::string(129, 'j') + "\"") == "token_invalid: its jti is not a string of at most 128 bytes");
  for (const std::string& sub : {std::string(), std::string("system"), std::string(129, 'u')})
    CHECK(verdict_on(token(claims({}, sub)), secret_set()) == "token_invalid: its sub is not a user id of 1 to 128 bytes");
  CHECK(verdict_on(token(R"({"exp":1800000060})"), secret_set()) == "token_invalid: its sub is not a user id of 1 to 128 bytes");
  CHECK(verdict_on(token(R"({"sub":7,"exp":1800000060})"), secret_set()) == "token_invalid: its sub is not a string");
  for (const char* text : {"[]", "7", "", "{", "{}}", "null"})
    CHECK(verdict_on(token(text), secret_set()).find("token_invalid") == 0);
}

TEST_CASE("R-45 huge, deep and broken tokens are refused before anything is worked out") {
  const std::string good = token(claims());
  CHECK(verdict_on(std::string(kTokenBytesMax + 1, 'a'), secret_set()) == "token_invalid: it is longer than 8192 bytes");
  CHECK(verdict_on(good + std::string(1024 * 1024, '.'), secret_set()) == "token_invalid: it is longer than 8192 bytes");
  std::string many = R"("c0":0)";
  for (int i = 1; i < 700; ++i) many += ",\"c" + std::to_string(i) + "\":0";
  CHECK(with_claim(many) == "token_invalid: it is longer than 8192 bytes");
  CHECK(with_claim(R"("deep":)" + std::string(100, '[') + std::string(100, ']')) == kForm);
  for (const std::string& text : {std::string(), std::string("."), std::string("a.b"), good.substr(0, good.size() - 44)})
    CHECK(verdict_on(text, secret_set()).find("token_invalid") == 0);
  CHECK(verdict_on(good + ".x", secret_set()) == "token_invalid: its signature is not base64url");
  CHECK(verdict_on(good + "=", secret_set()) == "token_invalid: its signature is not base64url");
  CHECK(verdict_on(good + "\n", secret_set()) == "token_invalid: its signature is not base64url");
}

TEST_CASE("a refusal contains no piece of the token, and has whether a key may be missing") {
  const KeySet keys({key_for(KeyAlgorithm::es256, "k1")});
  const auto verdict =
      read_token(token(claims(R"("iss":"secret-issuer")"), key_for(KeyAlgorithm::es256, "unknown-kid")), keys, {}, kNowS);
  const TokenError& fault = std::get<TokenError>(verdict);
  CHECK(fault.is_key_missing);
  CHECK(fault.reason == "no key matches its alg and kid");
  const std::string forged_text = forged(R"({"alg":"ES256","kid":"k1"})", claims(), *key_for(KeyAlgorithm::eddsa));
  const auto known = read_token(forged_text, keys, {}, kNowS);
  CHECK_FALSE(std::get<TokenError>(known).is_key_missing);
  const auto secret = read_token(token(claims(), key_for(KeyAlgorithm::hs256, "unknown-kid")), keys, {}, kNowS);
  CHECK_FALSE(std::get<TokenError>(secret).is_key_missing);  // a secret is not fetched from anywhere
}

}  // namespace dialogue::testing
