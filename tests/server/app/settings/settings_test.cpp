// The table of settings and its sources: names, precedence, and messages that name the place of a fault.
#include "server/app/settings/settings.hpp"

#include <catch2/catch.hpp>
#include <dialogue/setup_error.hpp>

#include "server/app/settings/setting_rows.hpp"
#include "server/app/settings/settings_sources.hpp"
#include "tests/server/app/support/environment.hpp"

using namespace dialogue;
using namespace dialogue::app;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

RawSettings flag(const std::string& name, std::vector<std::string> values) { return {{name, {std::move(values), "--" + name}}}; }

std::string fault_of(const std::vector<RawSettings>& sources) {
  try {
    static_cast<void>(resolve_settings(sources));
    return "";
  } catch (const SetupError& fault) { return fault.what(); }
}

std::string file_fault(std::string_view text) {
  try {
    static_cast<void>(settings_from_file(text, "dialogue.json"));
    return "";
  } catch (const SetupError& fault) { return fault.what(); }
}

}  // namespace

TEST_CASE("a setting has one name in three spellings") {
  CHECK(environment_name("allow-origin") == "DIALOGUE_ALLOW_ORIGIN");
  CHECK(file_key("allow-origin") == "allowOrigin");
  CHECK(environment_name("listen") == "DIALOGUE_LISTEN");
  CHECK(file_key("connections-max") == "connectionsMax");
}

TEST_CASE("a flag beats the environment, the environment the file, and the file the default") {
  const RawSettings flags = flag("listen", {"127.0.0.1:1"});
  const RawSettings environment =
      settings_from_environment(environment_of({{"DIALOGUE_LISTEN", "127.0.0.1:2"}, {"DIALOGUE_LOG", "json"}}));
  const RawSettings file = settings_from_file(R"({"listen": "127.0.0.1:3", "log": "pretty", "shards": 3})", "dialogue.json");

  const Settings settings = resolve_settings({flags, environment, file});
  CHECK(settings.config.listen == "127.0.0.1:1");
  CHECK(settings.program.log == "json");
  CHECK(settings.config.shards == 3);
  CHECK(settings.program.store == "sqlite:./dialogue.db");
  CHECK(resolve_settings({environment, file}).config.listen == "127.0.0.1:2");
  CHECK(resolve_settings({file}).config.listen == "127.0.0.1:3");
  CHECK(resolve_settings({}).config.listen == "127.0.0.1:8080");
}

TEST_CASE("a list is one setting: the winning source gives all of it") {
  const RawSettings environment =
      settings_from_environment(environment_of({{"DIALOGUE_ALLOW_ORIGIN", "https://a.example,https://b.example"}}));
  const RawSettings file = settings_from_file(R"({"allowOrigin": ["https://c.example"]})", "dialogue.json");
  CHECK(resolve_settings({environment, file}).config.allow_origin ==
        std::vector<std::string>{"https://a.example", "https://b.example"});
  CHECK(resolve_settings({file}).config.allow_origin == std::vector<std::string>{"https://c.example"});
}

TEST_CASE("an empty environment variable counts as not set") {
  CHECK(settings_from_environment(environment_of({{"DIALOGUE_LISTEN", ""}})).empty());
}

TEST_CASE("F-N28 a variable that is nearly a setting's is refused with a suggestion, another unknown one is named") {
  const auto look = [](const std::vector<std::string>& variables, const Settings& settings = {}) {
    return unknown_variables(variables, settings);
  };
  CHECK(look({"DIALOGUE_SHARDS", "DIALOGUE_CONFIG", "DIALOGUE_APP"}).empty());
  CHECK_THROWS_WITH(look({"DIALOGUE_SHARD"}), StartsWith("DIALOGUE_SHARD: unknown setting. Did you mean "
                                                         "`DIALOGUE_SHARDS`?"));
  CHECK_THROWS_WITH(look({"DIALOGUE_ALOW_ORIGIN"}), Contains("`DIALOGUE_ALLOW_ORIGIN`"));
  CHECK(look({"DIALOGUE_WHATEVER"}) == std::vector<std::string>{"DIALOGUE_WHATEVER is not a setting and is ignored."});
  CHECK(look({"DIALOGUE_KEY", "DIALOGUE_TOKEN"}).empty());    // of commands, and of the dashboard's "Copy as curl"
  CHECK(look({"DIALOGUE_URL"}).empty());                      // F-U-L2: of backends, which the guide to the HTTP API has
  CHECK(look({"DIALOGUE_ENV", "DIALOGUE_FOO"}).size() == 2);  // too short to resemble DEV or LOG
  Settings named;
  named.program.auth_hs256_env = "DIALOGUE_SHARD";
  CHECK(look({"DIALOGUE_SHARD"}, named).empty());
  // Of a Kubernetes service called "dialogue".
  CHECK(look({"DIALOGUE_PORT", "DIALOGUE_PORT_8080_TCP_ADDR", "DIALOGUE_SERVICE_HOST", "DIALOGUE_SERVICE_PORT"}).empty());
}

TEST_CASE("a switch reads the words that people use for on and off") {
  const auto dev = [](const char* text) {
    return resolve_settings({settings_from_environment(environment_of({{"DIALOGUE_DEV", text}}))}).config.dev;
  };
  CHECK(dev("1"));
  CHECK(dev("true"));
  CHECK_FALSE(dev("0"));
  CHECK_FALSE(dev("off"));
  CHECK(resolve_settings({settings_from_file(R"({"dev": true})", "dialogue.json")}).config.dev);
  CHECK_THAT(fault_of({settings_from_environment(environment_of({{"DIALOGUE_DEV", "perhaps"}}))}),
             StartsWith("DIALOGUE_DEV: \"perhaps\" is neither on nor off."));
}

TEST_CASE("an invalid value is reported at its place") {
  CHECK_THAT(fault_of({flag("log", {"xml"})}), StartsWith("--log: \"xml\" is not a log format."));
  CHECK_THAT(fault_of({settings_from_environment(environment_of({{"DIALOGUE_LISTEN", "8080"}}))}),
             StartsWith("DIALOGUE_LISTEN: \"8080\" is not HOST:PORT."));
  CHECK_THAT(fault_of({settings_from_file("{\n  \"shards\": 999\n}", "dialogue.json")}),
             StartsWith("dialogue.json:2:13: \"999\" is not a whole number from 1 to 256."));
}

TEST_CASE("a losing value is not judged") {
  CHECK(fault_of({flag("log", {"json"}), settings_from_environment(environment_of({{"DIALOGUE_LOG", "xml"}}))}).empty());
}

TEST_CASE("a store that this version lacks is refused, and those there are named") {
  const std::string fault = fault_of({flag("store", {"mysql://h/0"})});
  CHECK_THAT(fault, Contains("--store: \"mysql://h/0\": unknown store scheme."));
  CHECK_THAT(fault, Contains("memory:"));
  CHECK(fault_of({flag("store", {"sqlite:chat.db"})}).empty());
  CHECK(fault_of({flag("store", {"memory:"})}).empty());
}

TEST_CASE("an origin is scheme, host and port, and nothing more") {
  CHECK(fault_of({flag("allow-origin", {"https://example.com", "http://localhost:5173", "*"})}).empty());
  for (const char* origin : {"example.com", "https://example.com/", "https://*.example.com", "https://", "null", "file://"}) {
    INFO(origin);
    CHECK_THAT(fault_of({flag("allow-origin", {origin})}), Contains("is not an origin"));
  }
}

TEST_CASE("a configuration file's faults name line and column") {
  CHECK_THAT(file_fault("{\n  \"listn\": \"x\"\n}"), StartsWith("dialogue.json:2:3: there is no setting \"listn\"."));
  CHECK_THAT(file_fault(R"({"listen": 8080})"), StartsWith("dialogue.json:1:12: \"listen\" takes a string."));
  CHECK_THAT(file_fault(R"({"shards": "two"})"), StartsWith("dialogue.json:1:12: \"shards\" takes a whole number."));
  CHECK_THAT(file_fault(R"({"dev": 1})"), StartsWith("dialogue.json:1:9: \"dev\" takes true or false."));
  CHECK_THAT(file_fault(R"({"allowOrigin": "x"})"), StartsWith("dialogue.json:1:17: \"allowOrigin\" takes an array of strings."));
  CHECK_THAT(file_fault("[]"), StartsWith("dialogue.json:1:1: a configuration is one JSON object."));
  CHECK_THAT(file_fault("{\"dev\": true,\n \"dev\": false}"), StartsWith("dialogue.json:2:2: "));
  CHECK_THAT(file_fault("{\"dev\": tru}"), StartsWith("dialogue.json:1:9: "));
  CHECK(file_fault(R"({"$schema": "./config.schema.json"})").empty());
}

TEST_CASE("a setting and its member of Config have one name") {
  for (const SettingInfo& setting : settings_table()) {
    if (!setting.is_of_config) continue;
    INFO(setting.name);
    const std::string last = setting.member.substr(setting.member.rfind('.') + 1);
    // `static` is a keyword; a token policy has lists.
    if (setting.name == "static" || setting.member.starts_with("auth.policy.")) continue;
    CHECK_THAT(member_name(setting.name, {}), EndsWith(last));
  }
}

TEST_CASE("each default is a value that its row accepts, or is described in words") {
  for (const SettingInfo& setting : settings_table()) {
    INFO(setting.name);
    for (const std::string& text : setting.usual)
      CHECK((!fault_of_value(setting.kind, setting.accepts, text) || setting.fallback != text));
  }
}

TEST_CASE("what a row reads it can write") {
  Settings all;
  each_setting(
      [](const auto& row, auto& part) {
        INFO(row.name);
        const SettingTexts texts = row.access.read(part);
        if (texts.empty()) return;
        row.access.write(part, texts);
        CHECK(row.access.read(part) == texts);
      },
      all);
  const auto file = settings_from_file(
      R"({"authJwks": ["https://a.example/jwks.json", "https://b.example=https://b.example/jwks.json"],
          "hooksVerbs": ["join,leave"], "hooksFail": "closed", "traceSample": "0.25", "contentSecurityPolicy": "none"})",
      "dialogue.json");
  const Config config = resolve_settings({file}).config;
  CHECK(config.auth.jwks.back().issuer == "https://b.example");
  CHECK(config.hooks.verbs == std::vector{HookVerb::join, HookVerb::leave});
  CHECK(config.hooks.fail == HookFailure::closed);
  CHECK(config.trace_sample == 0.25);
  CHECK(config.content_security_policy == std::string());
}

TEST_CASE("a fault of the library is reported in flags") {
  const auto text = [](const SetupError& fault) { return std::string(in_flags(fault).what()); };
  CHECK(text({"proxy_protocol", "no proxy", "Name them in `trusted_proxy`."}) ==
        "--proxy-protocol: no proxy. Name them in --trusted-proxy.");
  CHECK(text({"limits.hello_timeout_ms", "too short", ""}) == "--hello-timeout-ms: too short.");
  CHECK(text({"tls_cert and tls_key", "one of them", ""}) == "--tls-cert and --tls-key: one of them.");
  CHECK(text({"static_directory", "no such directory", ""}) == "--static: no such directory.");
  CHECK(text({"app.json:3:14", "`maxSize` must be a number", ""}) == "app.json:3:14: `maxSize` must be a number.");
}
