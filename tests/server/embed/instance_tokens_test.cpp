// Tokens at a whole server: who comes in, and who goes when a token is taken back.
#include <catch2/catch.hpp>
#include <chrono>

#include "server/auth/token.hpp"
#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"
#include "tests/server/net/temporary_directory.hpp"

namespace dialogue::test {

using namespace auth;

namespace {

constexpr int kRevokedClose = 4509;

const std::shared_ptr<const Key>& key() {
  static const auto kKey = Key::of_secret("a secret of at least 32 bytes, for tests", {});
  return kKey;
}

std::uint64_t now_s() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

/// Issued now, or `later_s` after, for an hour.
std::string token_of(const std::string& user, const std::string& id = {}, std::uint64_t later_s = 0) {
  json claims = {{"sub", user}, {"iat", now_s() + later_s}, {"exp", now_s() + 3600}};
  if (!id.empty()) claims["jti"] = id;
  return make_token(claims.dump(), *key()).value();
}

Config token_config(std::shared_ptr<Store> store = nullptr) {
  Config config = test_config();
  config.auth.keys = KeySet({key()});
  config.store = std::move(store);
  return config;
}

ErrorCode refusal_of(const Instance& server, const std::string& token) {
  FrameClient client = FrameClient::with_token(server.port(), token);
  return static_cast<ErrorCode>(client.wait_for(FrameType::bye)[1].get<int>());
}

}  // namespace

TEST_CASE("a server with a key admits clients by token only", "[timed]") {
  Instance server = create_dialogue(token_config());
  server.listen();
  FrameClient ann = FrameClient::with_token(server.port(), token_of("ann"));
  CHECK(ann.wait_for(FrameType::welcome)[7]["userId"] == "ann");
  CHECK(ann.wait_for(FrameType::token)[2].get<int>() > 3'590'000);
  FrameClient bob(server.port(), "bob");
  CHECK(bob.wait_for(FrameType::bye)[1] == static_cast<int>(ErrorCode::unauthorized));
  CHECK(refusal_of(server, token_of("ann") + "x") == ErrorCode::token_invalid);
}

TEST_CASE("guests come in without a token if that is the policy, and a wrong token does not make a guest") {
  Config config = token_config();
  config.auth.anonymous = true;
  Instance server = create_dialogue(std::move(config));
  server.listen();
  FrameClient guest(server.port(), "root");
  CHECK(guest.wait_for(FrameType::welcome)[7]["userId"].get<std::string>().rfind("guest-", 0) == 0);
  CHECK(refusal_of(server, "nonsense") == ErrorCode::token_invalid);
}

TEST_CASE("R-41 a revoked token ends its connections and opens no other, also after a restart") {
  const TemporaryDirectory directory;
  const std::string url = "sqlite:" + directory.path() + "/dialogue.db";
  const std::string first = token_of("ann", "t-1"), other = token_of("ann", "t-2");
  {
    Instance server = create_dialogue(token_config(open_store(url)));
    server.listen();
    FrameClient one = FrameClient::with_token(server.port(), first), two = FrameClient::with_token(server.port(), other);
    static_cast<void>(one.wait_for(FrameType::welcome));
    static_cast<void>(two.wait_for(FrameType::welcome));
    Revocation what;
    what.token_id = "t-1";
    const RevokeResult result = value_of(server.revoke(what));
    CHECK(result.ok());
    CHECK(result.ended == 1);
    CHECK(one.wait_for_close() == kRevokedClose);
    CHECK(refusal_of(server, first) == ErrorCode::token_revoked);
    two.join("chat");
  }
  Instance server = create_dialogue(token_config(open_store(url)));
  server.listen();
  CHECK(refusal_of(server, first) == ErrorCode::token_revoked);
  FrameClient::with_token(server.port(), other).join("chat");
}

TEST_CASE("F-S1 a revocation covers a token that is dated ahead of the server's clock") {
  Instance server = create_dialogue(token_config());
  server.listen();
  const std::string ahead = token_of("ann", {}, kTokenLeewayS - 5);
  FrameClient ann = FrameClient::with_token(server.port(), ahead);
  static_cast<void>(ann.wait_for(FrameType::welcome));
  Revocation what;
  what.user_id = "ann";
  const RevokeResult result = value_of(server.revoke(what));
  CHECK(result.ended == 1);
  CHECK(result.issued_before_s > now_s() - 5);
  CHECK(ann.wait_for(FrameType::bye)[1] == static_cast<int>(ErrorCode::token_expired));
  CHECK(refusal_of(server, ahead) == ErrorCode::token_expired);
}

TEST_CASE("a user's revocation by the issuer's clock covers what was issued until then, and nothing later") {
  Instance server = create_dialogue(token_config());
  server.listen();
  const std::string old = token_of("ann");
  FrameClient ann = FrameClient::with_token(server.port(), old), bob = FrameClient::with_token(server.port(), token_of("bob"));
  static_cast<void>(ann.wait_for(FrameType::welcome));
  Revocation what;
  what.user_id = "ann";
  what.issued_before_s = now_s() + 1;
  CHECK(value_of(server.revoke(what)).ended == 1);
  CHECK(ann.wait_for_close() == kRevokedClose);
  CHECK(refusal_of(server, old) == ErrorCode::token_revoked);
  FrameClient::with_token(server.port(), token_of("ann", {}, 5)).join("chat");
  bob.join("chat");
}

TEST_CASE("a guest's name is taken back like a user's tokens: the guest is disconnected, and others are not") {
  Config config = token_config();
  config.auth.anonymous = true;
  Instance server = create_dialogue(std::move(config));
  server.listen();
  FrameClient guest(server.port(), "root"), other(server.port(), "root");
  Revocation what;
  what.user_id = guest.wait_for(FrameType::welcome)[7]["userId"];
  what.issued_before_s = now_s() + 1;
  CHECK(value_of(server.revoke(what)).ended == 1);
  CHECK(guest.wait_for_close() == kRevokedClose);
  other.join("chat");
  // Of this form, but by a token that was issued later.
  FrameClient::with_token(server.port(), token_of(what.user_id, {}, 5)).join("chat");
}

TEST_CASE("there is one policy for authentication, not two") {
  Config config = token_config();
  config.dev = true;
  CHECK_THROWS_AS(create_dialogue(config), SetupError);
  config = token_config();
  config.authenticator = [](const Credentials&, const PeerFacts&, std::uint64_t) { return Refusal{}; };
  CHECK_THROWS_AS(create_dialogue(config), SetupError);
  config = test_config();
  config.auth.jwks = {{"file:///etc/passwd"}};
  CHECK_THROWS_AS(create_dialogue(config), SetupError);
}

}  // namespace dialogue::test
