// `dialogue validate app.json EVENT [FILE]`: one payload a line in, one verdict a line out, by the validator of both ends.
#include <CLI/CLI.hpp>
#include <dialogue/setup_error.hpp>
#include <fstream>
#include <istream>
#include <memory>
#include <ostream>

#include "server/app/commands/definitions_source.hpp"
#include "server/app/commands/verdict_line.hpp"
#include "server/app/process/program.hpp"
#include "server/embed/catalogue_setup.hpp"

namespace dialogue::app {
namespace {

struct ValidateRequest {
  std::string app, event, file;
};

std::uint32_t find_event(const CatalogueView& catalogue, const std::string& name) {
  if (const auto found = catalogue.find_event(name)) return *found;
  std::string names;
  for (std::uint32_t i = 0; i < catalogue.event_count(); ++i)
    names += (i == 0 ? "" : ", ") + std::string(catalogue.event(i).name);
  throw SetupError("", "there is no event \"" + name + "\"", "The definitions have: " + names + ".");
}

void validate_lines(Program& program, const ValidateRequest& request) {
  const std::vector<std::uint8_t> bytes = catalogue_of(definitions_of(program, request.app));
  const CatalogueView catalogue = CatalogueView::parse(bytes).value();
  const std::uint32_t event = find_event(catalogue, request.event);

  std::ifstream file;
  if (!request.file.empty()) {
    file.open(request.file, std::ios::binary);
    if (!file) throw SetupError(request.file, "this file cannot be opened", "Check the path.");
  }
  std::istream& in = request.file.empty() ? program.in : file;
  for (std::string payload; std::getline(in, payload);) {
    bool valid = false;
    program.out << verdict_line(catalogue, event, payload, valid) << "\n";
    if (!valid) program.exit_code = kExitRefused;
  }
}

}  // namespace

void add_validate_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("validate",
                                         "Reads one JSON payload a line and prints one verdict a line, using the validator of "
                                         "clients and servers. Exits with 1 if a payload was invalid.");
  auto request = std::make_shared<ValidateRequest>();
  if (!program.compiled_in) command->add_option("app", request->app, "The JSON file with the definitions.")->required();
  command->add_option("event", request->event, "The event of the payloads.")->required();
  command->add_option("file", request->file, "A file with the payloads; default: standard input.");
  command->callback([&program, request] { validate_lines(program, *request); });
}

}  // namespace dialogue::app
