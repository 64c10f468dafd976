// `dialogue audit`: reads the audit of a server, and checks that it is what was written. A server may keep running.
#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>

#include "server/app/commands/privacy/receipt_json.hpp"
#include "server/app/process/program.hpp"
#include "server/audit/audit_check.hpp"
#include "shared/base/printable.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kAuditExamples =
    "Examples:\n"
    "  dialogue audit audit.db --actor key:billing --since 2026-01-31\n"
    "  dialogue audit audit.db --json > audit.jsonl\n"
    "  dialogue audit receipts audit.db --room chat --user ann\n"
    "  dialogue audit verify audit.db --public-key audit.db-key.pub\n";

struct AuditOptions {
  std::string path, actor, action, since, public_key, head, room, user;
  bool is_json = false;
};

std::string iso_time(std::uint64_t at_ms) {
  const auto seconds = static_cast<std::time_t>(at_ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

/// "2026-01-31", or with a time behind it: "2026-01-31T12:00:00Z".
std::uint64_t time_ms(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%d", &parts);
  if (end != nullptr && *end == 'T') end = ::strptime(end, "T%H:%M:%S", &parts);
  if (end == nullptr || (*end != '\0' && std::string_view(end) != "Z"))
    throw std::runtime_error("--since: \"" + text + "\" is not a date. Write, for example, 2026-01-31 or 2026-01-31T12:00:00Z.");
  return static_cast<std::uint64_t>(::timegm(&parts)) * 1000;
}

std::string values_json(const audit::AuditRecord& record) {
  JsonText values;
  for (const audit::PersonalValue& each : record.personal) values.text(each.name, each.value);
  return printable_json(values.take());
}

std::string line_json(const audit::AuditRecord& record) {
  return JsonText().raw("record", record.text).text("hash", audit::hex_of(record.hash)).raw("values", values_json(record)).take();
}

/// Sequence, time, action, and everything else as it is in the record, with the values that are known.
std::string line_text(const audit::AuditRecord& record) {
  std::string line = std::to_string(record.seq) + "  " + iso_time(record.at_ms) + "  " + printable(record.action);
  const std::size_t begin = record.text.find("\"fields\":") + 9, end = record.text.rfind(",\"personal\":");
  if (end > begin) line += "  " + printable_json(record.text.substr(begin, end - begin));
  if (!record.personal.empty()) line += " " + values_json(record);
  return line;
}

void print_records(Program& program, const AuditOptions& options) {
  audit::AuditFile file(options.path, {}, audit::AuditFile::Mode::read);
  audit::AuditQuery query{0, audit::kAuditPageMax, options.actor, options.action};
  if (!options.since.empty()) query.since_ms = time_ms(options.since);
  for (;;) {
    const std::vector<audit::AuditRecord> page = file.query(query);
    for (const audit::AuditRecord& record : page)
      program.out << (options.is_json ? json_line(program, line_json(record)) : line_text(record)) << "\n";
    if (page.size() < audit::kAuditPageMax) return;
    query.after = page.back().seq;
  }
}

/// The 32 bytes of a public key, from a PEM file as the server writes it or from hexadecimal digits.
std::string public_key_of(const std::string& given) {
  if (given.empty()) return {};
  if (const auto bytes = audit::bytes_of_hex(given); bytes && bytes->size() == 32) return *bytes;
  return audit::read_public_key(given);
}

void verify(Program& program, const AuditOptions& options) {
  audit::AuditVerdict verdict = audit::check_audit(options.path, public_key_of(options.public_key));
  if (!options.head.empty() && options.head != verdict.head)
    verdict.faults.push_back("the newest record has the hash " + verdict.head + ", not the expected one: records are missing");
  std::ostream& out = program.out;
  out << options.path << ": " << verdict.records << " records";
  if (verdict.records > 0) out << ", " << verdict.first << " to " << verdict.last;
  if (verdict.was_cut) out << " (older ones were removed, as signed)";
  out << ", " << verdict.checkpoints << " checkpoints, signed up to " << verdict.signed_up_to << "\n";
  out << "  " << verdict.values << " personal values, " << verdict.erased_values << " erased\n";
  out << "  head " << verdict.head << "\n  key  " << verdict.public_key
      << (options.public_key.empty() ? " (the file's own: compare it, or pass --public-key)\n" : "\n");
  for (const std::string& fault : verdict.faults) out << "  CHANGED, " << printable(fault) << "\n";
  if (!verdict.faults.empty())
    out << "THE AUDIT IS NOT WHAT WAS WRITTEN\n";
  else if (verdict.records > 0)
    out << "The chain is complete\n";
  else if (verdict.was_cut)
    out << "There are no records: retention removed all of them, as is signed. The chain is complete up to there\n";
  else
    out << "THERE ARE NO RECORDS: the audit is new, or a file with records was removed or moved\n";
  if (!verdict.faults.empty()) program.exit_code = kExitRefused;
}

void print_receipts(Program& program, const AuditOptions& options) {
  if (options.room.empty() && options.user.empty()) throw std::runtime_error("Name a user or a room: --user USER, --room ROOM.");
  visit_receipts(options.path, {options.room, options.user}, [&](const audit::ReceiptRange& each) {
    if (options.is_json)
      program.out << printable_json(receipt_json(each)) << "\n";
    else
      program.out << printable(each.room) << "  " << printable(each.user_id) << "  " << each.first << " to " << each.last
                  << " of epoch " << each.epoch << "  " << iso_time(each.since_ms) << " to " << iso_time(each.until_ms) << "\n";
    return program.out.good();
  });
}

void add_receipts(CLI::App& parent, Program& program) {
  CLI::App* command = parent.add_subcommand("receipts", "Prints the ranges of a room's log that users received.");
  auto options = std::make_shared<AuditOptions>();
  command->add_option("file", options->path, "The audit.")->required()->check(CLI::ExistingFile);
  command->add_option("--room", options->room, "Only ranges of this room.");
  command->add_option("--user", options->user, "Only ranges of this user.");
  command->add_flag("--json", options->is_json, "Print JSON lines.");
  command->callback([&program, options] { print_receipts(program, *options); });
}

void add_verify(CLI::App& parent, Program& program) {
  CLI::App* command =
      parent.add_subcommand("verify", "Checks hashes, values and signatures; exits with 1 if anything was changed.");
  auto options = std::make_shared<AuditOptions>();
  command->add_option("file", options->path, "The audit.")->required()->check(CLI::ExistingFile);
  command->add_option("--public-key", options->public_key,
                      "The public key of its signatures: the server's .pub file, or 64 hexadecimal digits.");
  command->add_option("--head", options->head, "The expected hash of the newest record, from an earlier run.");
  command->callback([&program, options] { verify(program, *options); });
}

}  // namespace

void add_audit_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("audit", "Prints and verifies the audit of a server, which may keep running.");
  command->footer(kAuditExamples);
  auto options = std::make_shared<AuditOptions>();
  command->add_option("file", options->path, "The audit.")->check(CLI::ExistingFile);
  command->add_option("--actor", options->actor, "Only records of this caller, such as key:billing, or of this user.");
  command->add_option("--action", options->action, "Only records of this action, such as deleteRoom or sign_in.");
  command->add_option("--since", options->since, "Only records from this time on: 2026-01-31 or 2026-01-31T12:00:00Z.");
  command->add_flag("--json", options->is_json, "Print JSON lines.");
  add_verify(*command, program);
  add_receipts(*command, program);
  command->callback([&program, command, options] {
    if (!command->get_subcommands().empty()) return;
    if (options->path.empty()) throw CLI::RequiredError("file");
    print_records(program, *options);
  });
}

}  // namespace dialogue::app
