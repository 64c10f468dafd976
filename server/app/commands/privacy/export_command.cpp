// `dialogue export`: what a user published, as JSON lines. A server may keep running.
#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>
#include <string>

#include "server/api/privacy/user_data.hpp"
#include "server/app/commands/privacy/receipt_json.hpp"
#include "server/app/commands/privacy/store_path.hpp"
#include "server/app/process/program.hpp"
#include "server/store/erasure/user_erasure.hpp"
#include "server/store/factory/open_store.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kExportExamples =
    "Example:\n"
    "  dialogue export --user ann --store dialogue.db > ann.jsonl\n"
    "From a running server: GET /api/v1/users/ann/data.\n";

void export_receipts(Program& program, const std::string& user, const std::string& path) {
  visit_receipts(path, {{}, user}, [&program](const audit::ReceiptRange& each) {
    program.out << json_line(program, receipt_json(each)) << "\n";
    return program.out.good();
  });
}

void export_all(Program& program, const std::string& user, const std::string& address) {
  const std::string path = database_path(address);
  store::StoreOptions beside;
  beside.reads_only = true;
  const auto opened = store::open_store("sqlite:" + path, beside);
  const auto print = [&program](const store::UserRecord& found) {
    program.out << json_line(program, api::user_event_text({found.room.room, found.epoch, found.record})) << "\n";
    return program.out.good();
  };
  require_ok(store::export_user(*opened, user, print), path);
}

}  // namespace

void add_export_command(CLI::App& app, Program& program) {
  CLI::App* command =
      app.add_subcommand("export", "Prints a user's publications and own room as JSON lines. A server may keep running.");
  command->footer(kExportExamples);
  auto user = std::make_shared<std::string>(), address = std::make_shared<std::string>(), audit = std::make_shared<std::string>();
  command->add_option("--user", *user, "The user's id.")->required()->check(check_user_id);
  command->add_option("--store", *address, "The database: a path, or sqlite:PATH.")->required();
  command->add_option("--audit", *audit, "Also print the user's receipts of this audit.")->check(CLI::ExistingFile);
  command->callback([&program, user, address, audit] {
    export_all(program, *user, *address);
    if (!audit->empty()) export_receipts(program, *user, *audit);
  });
}

}  // namespace dialogue::app
