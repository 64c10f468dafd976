// `dialogue call URL NAME [JSON]`: makes a call of the definitions by the HTTP API.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <istream>
#include <iterator>
#include <memory>
#include <ostream>
#include <string>

#include "server/app/commands/remote/json_member.hpp"
#include "server/app/commands/remote/server_question.hpp"
#include "server/app/process/program.hpp"
#include "shared/base/names.hpp"
#include "shared/base/percent.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kCallExamples =
    "Examples:\n"
    "  dialogue call http://localhost:8080 orders.create '{\"item\":\"tea\"}' --key-env API_KEY --from ann\n"
    "  jq -n '{item: \"tea\"}' | dialogue call http://localhost:8080 orders.create - --key-env API_KEY\n"
    "\n"
    "Prints the answer. The exit code is 0 with an answer, and 1 without one: standard error has the reason, and standard "
    "output\n"
    "the value of a declared error.\n";
constexpr std::uint64_t kTimeoutMaxMs = 12'000;
constexpr std::uint32_t kPatienceS = 20;

struct CallOptions {
  std::string url, name, request = "null", from, key_variable, idempotency_key;
  std::uint64_t timeout_ms = 0;
};

void run_call(Program& program, CallOptions& options) {
  if (options.request == "-") options.request.assign(std::istreambuf_iterator<char>(program.in), {});
  JsonReader reader(options.request);
  std::string_view whole;
  if (!reader.read_raw(whole) || !reader.at_end())
    throw CLI::ValidationError("request", "this is not JSON. Write, for example, '{\"item\":\"tea\"}'");
  JsonText body;
  body.raw("data", whole);
  if (!options.from.empty()) body.text("from", options.from);
  if (options.timeout_ms > 0) body.number("timeoutMs", options.timeout_ms);
  ServerQuestion question{options.url, "/api/v1/calls/" + percent_encoded(options.name),
                          key_of(program.environment, options.key_variable)};
  question.is_post = true;
  question.body = body.take();
  question.idempotency_key = options.idempotency_key;
  question.timeout_s = kPatienceS;
  const ServerAnswer answer = ask_server(question);
  if (answer.status == kHttpOk && answer.fault.empty()) {
    program.out << json_member(answer.body, "answer") << "\n";
    return;
  }
  program.exit_code = kExitRefused;
  if (const std::string value = json_member(answer.body, "data"); !value.empty()) program.out << value << "\n";
  program.err << fault_of(options.url, answer) << "\n";
}

}  // namespace

void add_call_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("call", "Makes a call of the definitions and prints its answer.");
  auto options = std::make_shared<CallOptions>();
  command->add_option("url", options->url, "The server: http://HOST:PORT, https://HOST, or unix:PATH of --admin-listen.")
      ->required();
  command->add_option("name", options->name, "The call's name.")->required()->check([](const std::string& text) {
    return is_name(text) ? std::string() : "this is not the name of a call";
  });
  command->add_option("request", options->request, "The request as JSON; -: standard input. Default: null.")->type_name("JSON");
  command->add_option("--from", options->from, "The calling user's id. Default: system.")->type_name("USER");
  command->add_option("--key-env", options->key_variable, "The environment variable with an API key that has the scope publish.")
      ->type_name("NAME");
  command
      ->add_option("--idempotency-key", options->idempotency_key,
                   "The key of an idempotent call: a repeated call with this key gets the first answer.")
      ->type_name("KEY");
  command->add_option("--timeout", options->timeout_ms, "Milliseconds to the answer, at most 12000.")
      ->check(CLI::Range(std::uint64_t{1}, kTimeoutMaxMs))
      ->type_name("MS");
  command->footer(kCallExamples);
  command->callback([&program, options] { run_call(program, *options); });
}

}  // namespace dialogue::app
