// Programs with definitions compiled in: the same subcommands, and no file to name.
#include <catch2/catch.hpp>
#include <dialogue/define.hpp>
#include <sstream>

#include "server/app/process/program.hpp"

using namespace dialogue;
using namespace dialogue::app;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using Catch::Matchers::StartsWith;

namespace {

struct Message {
  std::string text;
};
constexpr auto message = define_event<Message>("message", field<&Message::text>("text", min_length(1)));
constexpr auto chat = define_room("chat", {.name = "Chat"}, message);
constexpr auto app = define_app(chat);

struct Outcome {
  int exit_code = 0;
  std::string out, err;
};

/// Runs the program `talk` 1.4 with the definitions above.
Outcome run(const std::vector<std::string>& arguments, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out, err;
  AppHooks hooks;
  hooks.version = "1.4";
  Program program{app, hooks, [](const std::string&) { return std::nullopt; }, in, out, err};
  const int exit_code = run_program(program, "talk", arguments);
  return {exit_code, out.str(), err.str()};
}

}  // namespace

TEST_CASE("a program with definitions compiled in checks and validates them without a file") {
  CHECK(run({"check"}).out == "The definitions: 1 event, 1 room, no fault\n");
  const Outcome validated = run({"validate", "message"}, "{\"text\":\"hi\"}\n{}\n");
  CHECK(validated.exit_code == kExitRefused);
  CHECK_THAT(validated.out, StartsWith("{\"valid\":true}\n{\"valid\":false,\"path\":\"$\""));
  CHECK_THAT(run({"codegen", "--ts", "-"}).out, Contains("export interface Message"));
}

TEST_CASE("a program with definitions compiled in takes none from a file") {
  const Outcome outcome = run({"serve", "app.json"});
  CHECK(outcome.exit_code == kExitUsage);
  CHECK_THAT(outcome.err, Contains("app.json"));
  CHECK_THAT(run({"serve", "--help"}).out, !Contains("DIALOGUE_APP"));
}

TEST_CASE("faults of settings name the flags that they come from") {
  CHECK_THAT(run({"check", "--proxy-protocol"}).err,
             Equals("--proxy-protocol: no trusted proxy is configured. Name the proxies' addresses in --trusted-proxy.\n"));
  CHECK_THAT(run({"check", "--static", "nowhere"}).err, StartsWith("--static: the static directory nowhere cannot be read: "));
  CHECK_THAT(run({"check", "--tls-cert", "c.pem"}).err, StartsWith("--tls-cert and --tls-key: "));
}

TEST_CASE("a program prints its own version before Dialogue's") {
  CHECK_THAT(run({"version"}).out, StartsWith("talk 1.4\ndialogue "));
}
