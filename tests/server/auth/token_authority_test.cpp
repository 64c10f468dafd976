// A setting's text as a source of keys, and the end of an authority whose keys are being fetched. Sources at work:
// tests/server/app/operator/jwks_reload.test.mjs.
#include "server/auth/token_authority.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "server/net/socket.hpp"
#include "tests/server/auth/token_kit.hpp"

namespace dialogue::testing {

using namespace auth;

namespace {

/// A port whose connections are taken and never answered.
class SilentPort {
 public:
  SilentPort() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    auto* const address = reinterpret_cast<sockaddr*>(&place);
    REQUIRE(::bind(listener_.get(), address, size) == 0);
    REQUIRE(::listen(listener_.get(), 16) == 0);
    REQUIRE(::getsockname(listener_.get(), address, &size) == 0);
    port_ = ntohs(place.sin_port);
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/keys"; }

 private:
  net::Descriptor listener_;
  unsigned port_ = 0;
};

}  // namespace

TEST_CASE("a JWKS URL may follow the issuer of its keys' tokens") {
  CHECK(jwks_source("https://id.example/keys").url == "https://id.example/keys");
  CHECK(jwks_source("https://id.example/keys").issuer.empty());
  CHECK(jwks_source("https://id.example/keys?v=2").issuer.empty());
  const JwksSource bound = jwks_source("https://id.example/?t=1=https://id.example/keys?v=https://x");
  CHECK(bound.issuer == "https://id.example/?t=1");
  CHECK(bound.url == "https://id.example/keys?v=https://x");
  CHECK(jwks_source("acme=http://127.0.0.1:1/k").issuer == "acme");
}

TEST_CASE("F-S4 a realm is kept apart: by keys of its issuer alone, and by a prefix of its own") {
  TokenSettings settings;
  settings.jwks = {{"https://a/keys", "a"}, {"https://b/keys", "b"}};
  CHECK(is_user_of_several_issuers(settings));
  settings.policy.realms = {realm_of("a=a:")};
  CHECK_FALSE(is_user_of_several_issuers(settings));
  CHECK_FALSE(fault_in_realms(settings));
  settings.keys = KeySet({Key::of_secret(kSecret, {})});
  CHECK(is_user_of_several_issuers(settings));
  settings.policy.realms.push_back(realm_of("b=b:"));
  CHECK_FALSE(is_user_of_several_issuers(settings));
  CHECK_FALSE(fault_in_realms(settings));
  const auto with = [&](Realm other) {
    TokenSettings changed = settings;
    changed.policy.realms.back() = std::move(other);
    return fault_in_realms(changed).value_or("");
  };
  CHECK(with({"b", "a:b"}) == "the prefix a:b is not distinct from a:");
  CHECK(with({"a", "b:"}) == "the issuer a has two realms");
  CHECK(with({"b", ""}) == "a realm has an issuer, and a prefix of 1 to 32 bytes");
  TokenSettings shared = settings;
  shared.jwks.push_back({"https://b/keys", "c"});
  CHECK(fault_in_realms(shared) == "the JWKS URL of the issuer b is also there without it, so its keys could sign for others");
  shared.jwks.back().url = "https://B:443/keys";
  CHECK(fault_in_realms(shared));
  CHECK(with({"c", "c:"}) == "no JWKS URL is for the issuer c alone, so other keys could sign for it");
}

TEST_CASE("F-S1 two settings are compared by the keys of their files, and by URL, issuer and realm of the others") {
  const auto one = Key::of_secret(kSecret, "one"), two = Key::of_secret("another secret of at least 32 bytes", "two");
  CHECK(one->number() == Key::of_secret(kSecret, "other id")->number());
  CHECK(one->number() != two->number());
  TokenSettings settings;
  settings.keys = KeySet({one, two});
  settings.jwks = {{"https://a/keys"}, {"https://b/keys", "b"}};
  const auto gone_with = [&](const std::function<void(TokenSettings&)>& change) {
    TokenSettings changed = settings;
    change(changed);
    return keys_gone(settings, changed);
  };
  CHECK(keys_gone(settings, settings).empty());
  CHECK(gone_with([](TokenSettings& now) { now.keys = KeySet({Key::of_secret(kSecret, "one")}); }) == std::vector{two->number()});
  const std::vector<std::uint64_t> without = gone_with([](TokenSettings& now) { now.jwks.pop_back(); });
  CHECK(without.size() == 1);
  CHECK(gone_with([](TokenSettings& now) { now.jwks.back().issuer = "c"; }) == without);
  CHECK(gone_with([](TokenSettings& now) { now.policy.realms = {realm_of("b=b:")}; }) == without);
  CHECK(gone_with([](TokenSettings& now) { std::swap(now.jwks.front(), now.jwks.back()); }).empty());
  CHECK(gone_with([](TokenSettings& now) { now.jwks.clear(); }).size() == 2);
}

TEST_CASE("F-O2 whoever waits for a fetch has an answer that may be retried when the authority ends") {
  const std::size_t urls = GENERATE(1, 2, 3);
  CAPTURE(urls);
  const SilentPort port;
  TokenSettings settings;
  for (std::size_t i = 0; i < urls; ++i) settings.jwks.push_back({port.url()});
  std::vector<core::AuthResult> answers;
  constexpr std::size_t kAsked = 20;
  {
    const core::IdentitySource identify = token_authority(std::move(settings), [](const core::LogLine&) {});
    for (std::size_t i = 0; i < kAsked; ++i) {
      core::IdentityQuestion question;
      question.credentials.token = token(claims(), key_for(KeyAlgorithm::es256, "unknown"));
      question.unix_ms = kNowS * 1000;
      identify(std::move(question), [&answers](core::AuthResult answer) { answers.push_back(std::move(answer)); });
    }
  }
  REQUIRE(answers.size() == kAsked);
  for (const core::AuthResult& each : answers) {
    REQUIRE(std::holds_alternative<core::Refusal>(each));
    CHECK(std::get<core::Refusal>(each).code == ErrorCode::identity_unavailable);
  }
}

}  // namespace dialogue::testing
