// Hooks by HTTP around a whole server: a backend decides about people who are really there.
#include <catch2/catch.hpp>
#include <dialogue/instance.hpp>

#include "tests/server/embed/frame_client.hpp"
#include "tests/server/embed/test_app.hpp"
#include "tests/server/http_client/http_backend.hpp"

using namespace dialogue;
using namespace dialogue::test;
using Catch::Matchers::Contains;

namespace {

Config config_with(const std::string& url) {
  Config config = test_config();
  config.hooks.url = url;
  config.hooks.secret = std::string(32, 's');
  config.hooks.verbs = {HookVerb::connect, HookVerb::join, HookVerb::publish, HookVerb::leave, HookVerb::disconnect};
  config.hooks.fail = HookFailure::closed;
  return config;
}

json allow() { return json{{"allow", true}}; }
json deny(const std::string& reason) { return json{{"allow", false}, {"reason", reason}}; }
json replace(const json& data) { return json{{"allow", true}, {"data", data}}; }

json decide(const json& hook) {
  if (hook["verb"] == "connect" && hook["user"]["id"] == "mallory") return deny("not you");
  if (hook["verb"] == "join" && hook["room"] == "duo") return deny("by invitation");
  if (hook["verb"] != "publish") return allow();
  return hook["data"]["text"] == "wrong" ? replace(json{{"txt", 1}}) : replace(json{{"text", "better"}});
}

json hooks_in(const BackendRequest& request) { return json::parse(request.body).at("hooks"); }

BackendReply answer(const BackendRequest& request) {
  json answers = json::array();
  for (const json& hook : hooks_in(request)) {
    json decided = decide(hook);
    decided["id"] = hook["id"];
    answers.push_back(std::move(decided));
  }
  return json_reply(json{{"answers", answers}}.dump());
}

constexpr int kMessageEvent = 2;  // after game.move in the order of their names

json publication(const json& joined, int number, const std::string& text) {
  return json::array({4, joined[2], kMessageEvent, number, 0, {{"text", text}}});
}

}  // namespace

TEST_CASE("a backend decides about connects, joins and publications, and is notified of leaves") {
  HttpBackend backend(answer);
  Instance server = create_dialogue(config_with(backend.url()));
  server.listen();
  FrameClient mallory(server.port(), "mallory");
  CHECK_THAT(mallory.wait_for(FrameType::bye).dump(), Contains("not you"));
  FrameClient ann(server.port(), "ann");
  ann.send(json::array({2, 1, 0, 0, 0, "duo", json::object()}));
  CHECK_THAT(ann.wait_for(FrameType::reply).dump(), Contains("by invitation"));
  const json joined = ann.join("chat", 2);
  ann.send(publication(joined, 1, "bad"));
  CHECK(ann.wait_for(FrameType::event).back() == json({{"text", "better"}}));
  ann.send(publication(joined, 2, "wrong"));
  CHECK(ann.wait_for(FrameType::nack)[2] == 2);
  ann.send(json::array({3, 3, joined[2]}));
  static_cast<void>(ann.wait_for(FrameType::left));
  ann.reset();
  mallory.reset();
  server.stop();
  std::vector<std::string> verbs;
  for (const BackendRequest& request : backend.requests())
    for (const json& hook : hooks_in(request)) verbs.push_back(hook["verb"]);
  CHECK_THAT(verbs, Catch::Matchers::VectorContains(std::string("leave")));
  CHECK_THAT(verbs, Catch::Matchers::VectorContains(std::string("disconnect")));
}

TEST_CASE("without its backend a server that fails closed admits no client, and one that fails open all") {
  Config config = config_with(url_of_nobody());
  Instance closed = create_dialogue(config);
  closed.listen();
  FrameClient ann(closed.port(), "ann");
  CHECK(ann.wait_for(FrameType::bye)[1] == static_cast<int>(ErrorCode::hook_unavailable));
  config.hooks.fail = HookFailure::open;
  Instance open = create_dialogue(config);
  open.listen();
  FrameClient bob(open.port(), "bob");
  CHECK(bob.join("chat")[7]["roomId"] == "chat");
}

TEST_CASE("settings of hooks that cannot be used stop the start") {
  Config config = config_with("http://127.0.0.1:1/");
  config.hooks.fail.reset();
  CHECK_THROWS_WITH(create_dialogue(config), Contains("hooks.fail"));
}
