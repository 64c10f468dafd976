// What an embedding program changes while its server runs, and what it looks at before it listens.
#include <catch2/catch.hpp>
#include <chrono>

#include "server/auth/token.hpp"
#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"

namespace dialogue::test {

using namespace auth;

namespace {

std::uint64_t in_an_hour_s() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count()) + 3600;
}

KeySet keys_of(const std::string& secret) { return KeySet({Key::of_secret(secret, {})}); }

std::string token_by(const std::string& secret, const json& more = json::object()) {
  json claims = {{"sub", "ann"}, {"exp", in_an_hour_s()}};
  claims.update(more);
  return make_token(claims.dump(), *Key::of_secret(secret, {})).value();
}

bool is_welcome(const Instance& server, const std::string& secret, const json& more = json::object()) {
  FrameClient client = FrameClient::with_token(server.port(), token_by(secret, more));
  for (;;) {
    const json type = client.next()[0];
    if (type == static_cast<int>(FrameType::welcome) || type == static_cast<int>(FrameType::bye))
      return type == static_cast<int>(FrameType::welcome);
  }
}

const std::string kOne = "the first secret, of at least 32 bytes", kTwo = "the second secret, of at least 32 bytes";

}  // namespace

TEST_CASE("F-N19 F-S1 a reload changes which clients are admitted, and ends the connections of a key that is gone") {
  Config config = test_config();
  config.auth.keys = keys_of(kOne);
  Instance server = create_dialogue(config);
  CHECK_THROWS_AS(server.reload(config), SetupError);  // not before listen()
  server.listen();
  FrameClient ann = FrameClient::with_token(server.port(), token_by(kOne));
  CHECK(ann.wait_for(FrameType::welcome)[7]["userId"] == "ann");
  config.auth.keys = KeySet({Key::of_secret(kOne, {}), Key::of_secret(kTwo, {})});
  server.reload(config);
  FrameClient bob = FrameClient::with_token(server.port(), token_by(kTwo, {{"sub", "bob"}}));
  static_cast<void>(bob.wait_for(FrameType::welcome));
  ann.send(json::array({8, 1}));
  CHECK(ann.wait_for(FrameType::reply)[1] == 1);
  config.auth.keys = keys_of(kTwo);
  server.reload(config);
  CHECK(ann.wait_for(FrameType::bye)[1] == static_cast<int>(ErrorCode::token_expired));
  CHECK(is_welcome(server, kTwo));
  CHECK_FALSE(is_welcome(server, kOne));
  bob.send(json::array({8, 1}));
  CHECK(bob.wait_for(FrameType::reply)[1] == 1);
}

TEST_CASE("F-N19 a reload of issuers or audiences alone is applied") {
  const auto names = GENERATE(&TokenPolicy::issuers, &TokenPolicy::audiences);
  const json claims = {{"iss", "us"}, {"aud", "us"}};
  Config config = test_config();
  config.auth.keys = keys_of(kOne);
  config.auth.policy = {{"us"}, {"us"}};
  Instance server = create_dialogue(config);
  server.listen();
  REQUIRE(is_welcome(server, kOne, claims));
  config.auth.policy.*names = {"them"};
  server.reload(config);
  CHECK_FALSE(is_welcome(server, kOne, claims));
  config.auth.policy.*names = {"them", "us"};
  server.reload(config);
  CHECK(is_welcome(server, kOne, claims));
}

TEST_CASE("F-N19 a reload that is refused changes nothing") {
  Config config = test_config();
  config.auth.keys = keys_of(kOne);
  Instance server = create_dialogue(config);
  server.listen();
  const auto refuse = [&](const std::function<void(Config&)>& change) {
    Config with = config;
    with.auth.keys = keys_of(kTwo);
    change(with);
    CHECK_THROWS_AS(server.reload(with), SetupError);
    CHECK(is_welcome(server, kOne));
  };
  refuse([](Config& with) { with.allow_origin = {"https://example.com/page"}; });
  refuse([](Config& with) { with.api_keys = {"too short"}; });
  refuse([](Config& with) { with.auth = {}; });
  refuse([](Config& with) { with.tls_cert = with.tls_key = "nowhere.pem"; });
}

TEST_CASE("F-N21 an instance that could not listen reports it beforehand, and check makes nothing") {
  Config config = test_config();
  create_dialogue(config).check();
  config.allow_origin = {"nonsense"};
  CHECK_THROWS_AS(create_dialogue(config).check(), SetupError);
  config.allow_origin.clear();
  config.static_directory = "no/such/directory";
  CHECK_THROWS_AS(create_dialogue(config).check(), SetupError);
  config.static_directory.clear();
  config.tls_cert = config.tls_key = "no/such/file.pem";
  CHECK_THROWS_AS(create_dialogue(config).check(), SetupError);
}

TEST_CASE("F-K22 a room whose channel no transport serves is refused") {
  Config config = test_config();
  config.definitions.rooms.front().channels = {"pigeon"};
  CHECK_THROWS_WITH(create_dialogue(config), Catch::Contains("no transport serves \"pigeon\""));
  for (const std::string_view channel : kChannels)  // house 9.2
    CHECK_THROWS_WITH(create_dialogue(config), Catch::Contains('"' + std::string(channel) + '"'));
}

}  // namespace dialogue::test
