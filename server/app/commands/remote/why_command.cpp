// `dialogue why URL ROOM SEQ USER`: why a user did or did not get an event.
#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>
#include <string>

#include "server/app/commands/remote/json_member.hpp"
#include "server/app/commands/remote/server_question.hpp"
#include "server/app/process/program.hpp"
#include "shared/base/percent.hpp"
#include "shared/base/printable.hpp"

namespace dialogue::app {
namespace {

struct WhyOptions {
  std::string url, room, user, key_variable;
  std::uint64_t seq = 0;
  bool is_json = false;
};

void print_list(std::ostream& out, const char* title, const std::string& array) {
  const std::vector<std::string> items = json_items(array);
  if (items.empty()) return;
  out << title << "\n";
  for (const std::string& item : items) out << "  - " << shown_member("{\"_\":" + item + "}", "_") << "\n";
}

void explain(Program& program, const WhyOptions& options) {
  const std::string target = "/api/v1/why?room=" + percent_encoded(options.room) + "&seq=" + std::to_string(options.seq) +
                             "&user=" + percent_encoded(options.user);
  ServerQuestion question{options.url, target, key_of(program.environment, options.key_variable)};
  question.member = "answer";
  const ServerAnswer answer = ask_server(question);
  if (answer.status != kHttpOk) {
    program.exit_code = kExitRefused;
    program.err << options.url << ": "
                << (answer.fault.empty() ? std::to_string(answer.status) + " " + shown_member(answer.body, "detail")
                                         : answer.fault)
                << "\n";
    return;
  }
  if (options.is_json) {
    program.out << printable_json(answer.body) << "\n";
    return;
  }
  program.out << shown_member(answer.body, "answer") << ": " << shown_member(answer.body, "sentence") << "\n";
  print_list(program.out, "Evidence:", json_member(answer.body, "evidence"));
  print_list(program.out, "Not known:", json_member(answer.body, "unknown"));
}

}  // namespace

void add_why_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("why",
                                         "Explains why a user did or did not receive an event of a room's log. Lists the "
                                         "evidence and the facts that cannot be known.");
  auto options = std::make_shared<WhyOptions>();
  command->add_option("url", options->url, "The server: http://HOST:PORT or https://HOST.")->required();
  command->add_option("room", options->room, "The room's id.")->required();
  command->add_option("seq", options->seq, "The event's position in the room's log.")->required();
  command->add_option("user", options->user, "The user's id.")->required();
  command->add_option("--key-env", options->key_variable, "The environment variable with an API key that has the scope observe.")
      ->type_name("NAME");
  command->add_flag("--json", options->is_json, "Print the answer of GET /api/v1/why unchanged.");
  command->callback([&program, options] { explain(program, *options); });
}

}  // namespace dialogue::app
