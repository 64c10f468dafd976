// `dialogue drain [URL]`: the receipt of the drain with which the server before ended.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "server/app/commands/remote/json_member.hpp"
#include "server/app/commands/remote/server_question.hpp"
#include "server/app/process/program.hpp"

namespace dialogue::app {
namespace {

struct DrainOptions {
  std::string url, key_variable;
  bool is_json = false;
};

struct Line {
  std::string_view key, words;
};

constexpr std::array kLines = {
    Line{"notified", "sessions notified"},
    Line{"cut", "sockets cut at the deadline"},
    Line{"resumable", "sessions that can resume"},
    Line{"resumed", "sessions resumed"},
    Line{"rooms", "rooms rejoined"},
    Line{"lost", "joins that miss events"},
    Line{"repeated", "publications repeated"},
    Line{"gapMsMax", "longest gap, ms"},
    Line{"tookMs", "drain, ms"},
    Line{"spreadMs", "reconnect slots, ms"},
};

void print(Program& program, const std::string& receipt) {
  constexpr std::size_t kWidth = 30;
  for (const Line& line : kLines)
    program.out << line.words << std::string(kWidth - line.words.size(), ' ') << json_member(receipt, line.key) << "\n";
  if (json_member(receipt, "complete") != "true") program.out << "Sessions may still reconnect.\n";
}

void show(Program& program, const DrainOptions& options) {
  const std::string url = options.url.empty() ? default_server_url(program.environment) : options.url;
  ServerQuestion question{url, "/api/v1/drain", key_of(program.environment, options.key_variable)};
  question.member = "notified";
  const ServerAnswer answer = ask_server(question);
  if (answer.status == kHttpOk && options.is_json) {
    program.out << answer.body << "\n";
  } else if (answer.status == kHttpOk) {
    print(program, answer.body);
  } else {
    program.exit_code = kExitRefused;
    if (answer.status == kHttpNotFound)
      program.err << url << ": no receipt: the previous server on this store was not drained, or the store is in memory\n";
    else
      program.err << fault_of(url, answer) << "\n";
  }
}

}  // namespace

void add_drain_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("drain",
                                         "Shows the receipt of the last drain of the previous server on this store: sessions "
                                         "notified, resumed and lost, and the longest gap. SIGTERM starts a drain.");
  auto options = std::make_shared<DrainOptions>();
  command->add_option("url", options->url,
                      "The server: http://HOST:PORT, https://HOST, or unix:PATH of --admin-listen. Default: the address of "
                      "DIALOGUE_LISTEN, or this machine at port 8080.");
  command->add_option("--key-env", options->key_variable, "The environment variable with an API key that has the scope read.")
      ->type_name("NAME");
  command->add_flag("--json", options->is_json, "Print the answer of GET /api/v1/drain unchanged.");
  command->callback([&program, options] { show(program, *options); });
}

}  // namespace dialogue::app
