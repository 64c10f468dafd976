// A setting's text as a source of keys. Sources at work: tests/server/app/tokens.test.mjs.
#include "server/auth/token_authority.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;
using namespace dialogue::auth;

TEST_CASE("a JWKS URL may follow the issuer of its keys' tokens") {
  CHECK(jwks_source("https://id.example/keys").url == "https://id.example/keys");
  CHECK(jwks_source("https://id.example/keys").issuer.empty());
  CHECK(jwks_source("https://id.example/keys?v=2").issuer.empty());
  const JwksSource bound = jwks_source("https://id.example/?t=1=https://id.example/keys?v=https://x");
  CHECK(bound.issuer == "https://id.example/?t=1");
  CHECK(bound.url == "https://id.example/keys?v=https://x");
  CHECK(jwks_source("acme=http://127.0.0.1:1/k").issuer == "acme");
}
