// Keys, contacts and tokens of a sender (RFC 8292).
#include "server/push/web/vapid.hpp"

#include <catch2/catch.hpp>

#include "server/auth/base64url.hpp"
#include "server/push/web/web_message.hpp"

namespace dialogue::push {
namespace {

constexpr std::uint64_t kSignedS = 1'700'000'000;
constexpr const char* kOrigin = "https://push.example.net";

VapidKey new_vapid_key() {
  return std::get<VapidKey>(VapidKey::of_pem(auth::private_pem(*auth::generate_pair(auth::KeyAlgorithm::es256))));
}

std::vector<std::string> parts_of(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) c == at ? parts.emplace_back() : parts.back() += c, void();
  return parts;
}

}  // namespace

TEST_CASE("a token names the push service, its end and the contact, and is signed by the key that it comes with") {
  const VapidKey key = new_vapid_key();
  const auto parts = parts_of(vapid_token(key, kOrigin, "mailto:push@example.com", kSignedS), '.');
  REQUIRE(parts.size() == 3);
  CHECK(auth::decode_base64url(parts[0]) == R"({"typ":"JWT","alg":"ES256"})");
  CHECK(auth::decode_base64url(parts[1]) ==
        R"({"aud":"https://push.example.net","exp":1700000000,"sub":"mailto:push@example.com"})");
  const auto signature = auth::decode_base64url(parts[2]).value();
  CHECK(signature.size() == 64);
  const auto public_half = pair_of_point(auth::decode_base64url(key.public_text).value());
  CHECK(auth::verify_signature(*public_half, auth::KeyAlgorithm::es256, parts[0] + '.' + parts[1], signature));
}

TEST_CASE("the example of RFC 8292 is signed by its key") {
  const std::string text =
      "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0"
      "bzpwdXNoQGV4YW1wbGUuY29tIn0";
  const auto signature =
      auth::decode_base64url("i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA").value();
  const auto key = pair_of_point(
      auth::decode_base64url("BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs").value());
  REQUIRE(key);
  CHECK(auth::verify_signature(*key, auth::KeyAlgorithm::es256, text, signature));
}

TEST_CASE("a token is made once for each push service, and again before it ends, after a refusal and when the clock goes back") {
  const VapidKey key = new_vapid_key(), other = new_vapid_key();
  VapidSigner signer({key, other}, "mailto:push@example.com");
  const std::string first = signer.authorization(key.public_text, kOrigin, kSignedS);
  CHECK(first.starts_with("vapid t="));
  CHECK(first.ends_with(", k=" + key.public_text));
  CHECK(signer.authorization(key.public_text, kOrigin, kSignedS + 10 * 3'600) == first);
  CHECK(signer.authorization(key.public_text, "https://other.example.net", kSignedS) != first);
  CHECK(signer.authorization(other.public_text, kOrigin, kSignedS) != first);
  const std::string second = signer.authorization(key.public_text, kOrigin, kSignedS + 11 * 3'600 + 1);
  CHECK(second != first);
  CHECK(signer.authorization(key.public_text, kOrigin, kSignedS) != second);
  const std::string third = signer.authorization(key.public_text, kOrigin, kSignedS);
  signer.forget(kOrigin);
  CHECK(signer.authorization(key.public_text, kOrigin, kSignedS) != third);
  CHECK(signer.authorization("unknown", kOrigin, kSignedS).empty());
}

TEST_CASE("a key is a private one on P-256") {
  const auto fault = [](const std::string& pem) { return std::get<std::string>(VapidKey::of_pem(pem)); };
  CHECK(fault(auth::private_pem(*auth::generate_pair(auth::KeyAlgorithm::es384))) == "it is not a key on the curve P-256");
  CHECK(fault("nothing") == "it is not a PEM text with one PUBLIC KEY or PRIVATE KEY without a password");
  CHECK(auth::decode_base64url(new_vapid_key().public_text).value().size() == kPointBytes);
}

TEST_CASE("a contact is one that every push service accepts") {
  for (const char* good :
       {"mailto:ops@example.com", "https://example.com", "https://example.com/push?a=b", "mailto:a+b@sub.example.org"})
    CHECK_FALSE(fault_of_subject(good));
  for (const char* bad : {"", "ops@example.com", "mailto:ops@localhost", "mailto: ops@example.com", "mailto:ops@example.com ",
                          "mailto:@example.com", "mailto:ops", "https://localhost/", "https://127.0.0.1/", "http://example.com",
                          "https://host.local", "https://", "mailto:ops@example.", "mailto:öps@example.com", "https://intranet"})
    CHECK(fault_of_subject(bad));
}

}  // namespace dialogue::push
