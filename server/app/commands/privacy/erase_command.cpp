// `dialogue erase`: takes all that a store has of one user away, then searches the files for what may be left.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "server/api/user_data.hpp"
#include "server/app/commands/privacy/store_path.hpp"
#include "server/app/process/program.hpp"
#include "server/audit/audit_erasure.hpp"
#include "server/store/erasure/traces.hpp"
#include "server/store/erasure/user_erasure.hpp"
#include "server/store/factory/open_store.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kEraseExamples =
    "Examples:\n"
    "  dialogue erase --user ann --store dialogue.db            (stop the server first)\n"
    "  dialogue erase --user ann --store dialogue.db --audit audit.db --scan app.log --scan last.rec\n"
    "While a server runs, use DELETE /api/v1/users/ann/data.\n";

struct EraseOptions {
  std::string user, store, audit;
  std::vector<std::string> scanned;
  bool is_json = false;
};

struct Verdict {
  store::ScrubReport store;
  audit::AuditErasure audit{.is_clean = true};  ///< without an audit
  std::vector<store::ScrubbedFile> scanned;
  std::uint64_t notices = 0;  ///< of what was erased that members have not been notified of

  [[nodiscard]] bool is_clean() const { return store.is_clean() && audit.is_clean && store::has_nothing_left(scanned); }
};

std::string count_text(std::uint64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string file_json(const store::ScrubbedFile& file) {
  return api::erased_file_text({file.path, file.bytes, file.user_hits, file.payload_hits, file.left});
}

std::string report_json(const store::UserErasure& erasure, const Verdict& verdict) {
  JsonText text;
  text.number("events", erasure.records()).number("rooms", erasure.rooms()).number("producers", erasure.producers());
  text.number("revocationsKept", erasure.revocations_kept()).number("auditValues", verdict.audit.values);
  text.flag("clean", verdict.is_clean()).flag("logEmptied", verdict.store.is_log_empty);
  text.flag("idSearched", verdict.store.is_id_searched).flag("rewritten", verdict.store.was_rewritten);
  text.number("mentionsByOthers", verdict.store.mentions).number("piecesSearched", verdict.store.pieces);
  text.number("piecesOfOthers", verdict.store.pieces_of_others).number("auditMentions", verdict.audit.mentions);
  text.number("notices", verdict.notices);
  std::vector<store::ScrubbedFile> files = verdict.store.files;
  files.insert(files.end(), verdict.audit.files.begin(), verdict.audit.files.end());
  text.raw("files", json_array(files, file_json)).raw("scanned", json_array(verdict.scanned, file_json));
  return text.take();
}

void print_file(std::ostream& out, const store::ScrubbedFile& file) {
  out << "  " << file.path << ", " << count_text(file.bytes, "byte") << ": the id " << count_text(file.user_hits, "time")
      << ", payloads " << count_text(file.payload_hits, "time");
  if (file.left > 0) out << "; " << file.left << " of these the user's";
  out << "\n";
}

void print_report(std::ostream& out, const EraseOptions& options, const store::UserErasure& erasure, const Verdict& verdict) {
  out << "Erased " << options.user << " from " << options.store << ": " << count_text(erasure.records(), "event") << " in "
      << count_text(erasure.rooms(), "room") << ", " << count_text(erasure.producers(), "producer") << "\n";
  if (erasure.revocations_kept() > 0)
    out << "Kept until they expire: " << count_text(erasure.revocations_kept(), "revocation") << " of the user's tokens\n";
  if (verdict.audit.values > 0) out << "Forgot " << count_text(verdict.audit.values, "personal value") << " in the audit\n";
  if (verdict.notices > 0)
    out << "The next start of the server publishes " << count_text(verdict.notices, "event")
        << " named erased, in rooms that list it\n";
  const store::ScrubReport& report = verdict.store;
  out << "Searched for the id and " << count_text(report.pieces, "piece") << " of payloads:\n";
  for (const store::ScrubbedFile& file : report.files) print_file(out, file);
  for (const auto* files : {&verdict.audit.files, &verdict.scanned})
    for (const store::ScrubbedFile& file : *files) print_file(out, file);
  if (!report.is_id_searched)
    out << "The id is too short to be distinguished from other bytes: only payloads were searched for\n";
  if (report.mentions > 0) out << "Others mention the id " << count_text(report.mentions, "time") << " in what they published\n";
  if (verdict.audit.mentions > 0)
    out << "The audit has the id " << count_text(verdict.audit.mentions, "time") << " in what is not the user's\n";
  out << (verdict.is_clean() ? "Clean: nothing of the user is left\n"
                             : "NOT CLEAN: delete the older copies and logs that are listed, or run the command again\n");
}

void erase(Program& program, const EraseOptions& options) {
  const std::string path = database_path(options.store);
  store::UserErasure erasure(options.user);
  Verdict verdict;
  std::optional<audit::AuditFile> audit_file;  // opened first: what it refuses must not leave half an erasure
  if (!options.audit.empty()) audit_file.emplace(options.audit, std::string());
  {
    const auto opened = store::open_store("sqlite:" + path);
    require_ok(erasure.erase(*opened, {}), path);
    verdict.store = erasure.scrub(*opened);
    require_ok(verdict.store.status, path);
    verdict.notices = store::kept_notices(*opened);
  }
  store::Traces traces(options.user, erasure.samples());
  if (audit_file) {
    const auto use_file = [&audit_file](const std::function<void(audit::AuditFile&)>& use) {
      use(*audit_file);
      return true;
    };
    verdict.audit = audit::erase_from_audit(options.audit, options.user, use_file);
  }
  for (const std::string& each : options.scanned)
    verdict.scanned.push_back(traces.search(each, store::Traces::IdForm::whole_word));
  if (options.is_json)
    program.out << report_json(erasure, verdict) << "\n";
  else
    print_report(program.out, options, erasure, verdict);
  if (!verdict.is_clean()) program.exit_code = kExitRefused;
}

}  // namespace

void add_erase_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand(
      "erase",
      "Erases what a user published from a store, and searches the files for what is left; exits with 1 if there is any.");
  command->footer(kEraseExamples);
  auto options = std::make_shared<EraseOptions>();
  command->add_option("--user", options->user, "The user's id.")->required()->check(check_user_id);
  command->add_option("--store", options->store, "The database: a path, or sqlite:PATH. No server may use it.")->required();
  command->add_option("--scan", options->scanned, "Also search this file, such as a log or a recording; repeatable.")
      ->check(CLI::ExistingFile);
  command->add_option("--audit", options->audit, "Also erase what this audit has of the user; its chain stays whole.")
      ->check(CLI::ExistingFile);
  command->add_flag("--json", options->is_json, "Print the report as one JSON object.");
  command->callback([&program, options] { erase(program, *options); });
}

}  // namespace dialogue::app
