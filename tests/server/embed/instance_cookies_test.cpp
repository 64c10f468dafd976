// What an authenticator sees of a request, and the cookie that holds a token.
#include <catch2/catch.hpp>
#include <dialogue/instance.hpp>

#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"
#include "tests/server/support/test_client.hpp"

using namespace dialogue;
using namespace dialogue::test;

namespace {

/// WELCOME or BYE of a connection whose request has these fields.
json first_frame(std::uint16_t port, std::string_view fields) {
  TestClient client(port);
  client.upgrade(fields);
  client.send_text(json::array({1, 1, 0, 0, json::object()}).dump());
  return json::parse(client.next_frame());
}

Config seeing(std::vector<std::string> fields) {
  Config config = test_config();
  config.auth_fields = std::move(fields);
  config.authenticator = [](const Credentials& credentials, const PeerFacts& peer, std::uint64_t) -> AuthResult {
    std::string seen = credentials.token.empty() ? "" : "token=" + credentials.token;
    for (const auto& [name, value] : peer.fields) seen += (seen.empty() ? "" : "|") + name + '=' + value;
    if (seen.empty()) return Refusal{ErrorCode::unauthorized, "nothing was there"};
    return Identity{seen, {}, {}, {}};
  };
  return config;
}

}  // namespace

TEST_CASE("an authenticator sees the fields that the configuration names, and a token from a cookie") {
  Config config = seeing({"X-User", "cookie"});
  config.auth_cookie = "session";
  Instance server = create_dialogue(std::move(config));
  server.listen();
  const auto user = [&](std::string_view fields) { return first_frame(server.port(), fields).back()["userId"]; };
  CHECK(user("X-User: ann\r\nX-Other: 1\r\n") == "x-user=ann");
  CHECK(user("X-USER: ann\r\nx-user: bob\r\n") == "x-user=ann|x-user=bob");
  CHECK(user("Cookie: session=abc; theme=dark\r\n") == "token=abc|cookie=session=abc; theme=dark");
  const json refused = first_frame(server.port(), "Cookie: session=abc\r\nSec-Fetch-Site: cross-site\r\n");
  CHECK(refused[1] == static_cast<int>(ErrorCode::unauthorized));
}

TEST_CASE("fields without an authenticator, and a cookie without keys, are refused at the start") {
  Config config = test_config();
  config.auth_fields = {"cookie"};
  CHECK_THROWS_WITH(create_dialogue(std::move(config)), Catch::Contains("auth_fields"));
  Config named = seeing({"two words"});
  CHECK_THROWS_WITH(create_dialogue(std::move(named)), Catch::Contains("two words"));
  Config keyless = test_config();
  keyless.auth_cookie = "session";
  CHECK_THROWS_WITH(create_dialogue(std::move(keyless)), Catch::Contains("auth_cookie"));
}
