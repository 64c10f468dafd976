// What settings of hooks are refused, and with which words.
#include "server/webhooks/webhook_settings.hpp"

#include <catch2/catch.hpp>

using namespace dialogue;
using namespace dialogue::core;
using namespace dialogue::webhooks;
using Catch::Matchers::Contains;

namespace {

WebhookSettings good() {
  WebhookSettings settings;
  settings.url = "https://app.example.com/hooks";
  settings.secret = std::string(32, 's');
  settings.verbs = {HookVerb::connect, HookVerb::join};
  settings.fail = HookFailure::closed;
  return settings;
}

template <typename Change>
std::string where_of(const Change& change) {
  WebhookSettings settings = good();
  change(settings);
  const auto fault = fault_of(settings);
  return fault ? fault->where : "";
}

}  // namespace

TEST_CASE("settings of hooks that cannot be used are refused with the reason") {
  CHECK_FALSE(fault_of(good()));
  CHECK(where_of([](auto& settings) { settings.url = "app.example.com"; }) == "url");
  CHECK(where_of([](auto& settings) { settings.url = "https://user:word@app.example.com/"; }) == "url");
  CHECK(where_of([](auto& settings) { settings.secret.resize(31); }) == "secret");
  CHECK(where_of([](auto& settings) { settings.verbs.clear(); }) == "verbs");
  CHECK(where_of([](auto& settings) { settings.fail.reset(); }) == "fail");
  CHECK(where_of([](auto& settings) { settings.rooms = {"chat", "game-{id"}; }) == "rooms");
  CHECK(where_of([](auto& settings) { settings.timeout_ms = 0; }) == "timeout_ms");
  CHECK(where_of([](auto& settings) { settings.timeout_ms = 60'001; }) == "timeout_ms");
  CHECK(where_of([](auto& settings) { settings.batch_max = 0; }) == "batch_max");
  CHECK(where_of([](auto& settings) { settings.connections_max = 0; }) == "connections_max");
}

TEST_CASE("a secret that is too short is not repeated") {
  WebhookSettings settings = good();
  settings.secret = "pssst";
  CHECK_THAT(fault_of(settings)->problem, Contains("5 characters") && !Contains("pssst"));
}

TEST_CASE("the backend is asked about the verbs and rooms that are named, and about connections wherever they go") {
  WebhookSettings settings = good();
  settings.rooms = {"staff", "game-{id}"};
  CHECK(concerns(settings, HookVerb::connect, ""));
  CHECK(concerns(settings, HookVerb::join, "staff"));
  CHECK(concerns(settings, HookVerb::join, "game-7"));
  CHECK_FALSE(concerns(settings, HookVerb::join, "game-"));
  CHECK_FALSE(concerns(settings, HookVerb::join, "chat"));
  CHECK_FALSE(concerns(settings, HookVerb::publish, "staff"));
  settings.rooms.clear();
  CHECK(concerns(settings, HookVerb::join, "chat"));
}

TEST_CASE("verbs are read by their names") {
  CHECK(hook_verb_of("publish") == HookVerb::publish);
  CHECK(hook_verb_of("disconnect") == HookVerb::disconnect);
  CHECK_FALSE(hook_verb_of("Publish"));
  CHECK_FALSE(hook_verb_of(""));
}
