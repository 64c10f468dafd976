// `dialogue erase`: erases from a store all data of one user, or single events of a room, then searches the files for remains.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "server/api/privacy/event_erasure.hpp"
#include "server/api/privacy/user_data.hpp"
#include "server/app/commands/privacy/store_path.hpp"
#include "server/app/process/program.hpp"
#include "server/audit/audit_erasure.hpp"
#include "server/store/erasure/file_scanner.hpp"
#include "server/store/erasure/user_erasure.hpp"
#include "server/store/factory/open_store.hpp"
#include "shared/base/names.hpp"
#include "shared/base/printable.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kEraseExamples =
    "Examples:\n"
    "  dialogue erase --user ann --store dialogue.db            (stop the server first)\n"
    "  dialogue erase --user ann --store dialogue.db --audit audit.db --scan app.log --scan last.rec\n"
    "  dialogue erase --room chat --seq 17 --seq 20-25 --store dialogue.db\n"
    "While a server runs, use DELETE /api/v1/users/ann/data and POST /api/v1/rooms/chat/erase.\n";

struct EraseOptions {
  std::string user, store, audit, room;
  std::vector<std::string> scanned, sequences;
  bool is_json = false, deletes_rooms = false;
};

struct Verdict {
  store::ScrubReport store;
  audit::AuditErasure audit{.is_clean = true};  ///< without an audit
  std::vector<store::ScrubbedFile> scanned;
  std::uint64_t notices = 0;  ///< of what was erased that members have not been notified of
  std::uint64_t rooms_deleted = 0;
  std::vector<std::string> named_rooms;  ///< that are named after the user and have no events of others
  bool has_unlisted_rooms = false;       ///< there may be more

  [[nodiscard]] bool is_clean() const {
    return store.is_clean() && audit.is_clean && store::has_nothing_left(scanned) && named_rooms.empty() && !has_unlisted_rooms;
  }
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
  text.number("notices", verdict.notices).number("roomsDeleted", verdict.rooms_deleted);
  text.raw("roomsNamedAfterUser", json_array(verdict.named_rooms, json_string));
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

void print_rooms(std::ostream& out, const Verdict& verdict) {
  if (verdict.rooms_deleted > 0) out << "Deleted " << count_text(verdict.rooms_deleted, "room") << " named after the user\n";
  if (verdict.has_unlisted_rooms) out << "More rooms have the id in their names than are looked at\n";
  if (verdict.named_rooms.empty()) return;
  out << "Rooms with the id in their name and no events from other users (delete them with --delete-rooms):\n";
  for (const std::string& room : verdict.named_rooms) out << "  " << printable(room) << "\n";
}

void print_report(std::ostream& out, const EraseOptions& options, const store::UserErasure& erasure, const Verdict& verdict) {
  if (options.user.empty())
    out << "Erased " << count_text(erasure.records(), "event") << " of " << printable(options.room) << " from " << options.store
        << "\n";
  else
    out << "Erased " << options.user << " from " << options.store << ": " << count_text(erasure.records(), "event") << " in "
        << count_text(erasure.rooms(), "room") << ", " << count_text(erasure.producers(), "producer") << "\n";
  if (erasure.revocations_kept() > 0)
    out << "Kept until they expire: " << count_text(erasure.revocations_kept(), "revocation") << " of the user's tokens\n";
  if (verdict.audit.values > 0) out << "Forgot " << count_text(verdict.audit.values, "personal value") << " in the audit\n";
  if (verdict.notices > 0)
    out << "At its next start the server publishes " << count_text(verdict.notices, "event")
        << " named erased, in rooms that list it\n";
  print_rooms(out, verdict);
  const store::ScrubReport& report = verdict.store;
  out << "Searched for " << (options.user.empty() ? "" : "the id and ") << count_text(report.pieces, "piece")
      << " of payloads:\n";
  for (const store::ScrubbedFile& file : report.files) print_file(out, file);
  for (const auto* files : {&verdict.audit.files, &verdict.scanned})
    for (const store::ScrubbedFile& file : *files) print_file(out, file);
  if (!report.is_id_searched && !options.user.empty())
    out << "The id is too short to be distinguished from other bytes: only payloads were searched for\n";
  if (report.mentions > 0) out << "Others mention the id " << count_text(report.mentions, "time") << " in their publications\n";
  if (verdict.audit.mentions > 0)
    out << "The audit has the id " << count_text(verdict.audit.mentions, "time") << " in records of others\n";
  if (verdict.is_clean())
    out << (options.user.empty() ? "Clean: nothing of the events is left\n" : "Clean: no data of the user is left\n");
  else
    out << "NOT CLEAN: delete the rooms, older copies and logs that are listed, or run the command again\n";
}

/// "17" or "20-25"; nothing for another text.
std::optional<core::SeqRange> range_of(std::string_view text) {
  const auto number = [](std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return fault == std::errc() && end == digits.data() + digits.size() ? value : 0;
  };
  const std::size_t dash = std::min(text.find('-'), text.size());
  const core::SeqRange range{number(text.substr(0, dash)), number(text.substr(dash == text.size() ? 0 : dash + 1))};
  return range.first == 0 || range.last < range.first ? std::nullopt : std::optional(range);
}

std::string check_range(const std::string& text) {
  return range_of(text) ? std::string() : "\"" + text + "\" is not a position, such as 17, or a range, such as 20-25";
}

std::string check_room(const std::string& text) { return is_name(text) ? std::string() : "this is not the id of a room"; }

std::vector<core::SeqRange> sequences_of(const EraseOptions& options) {
  std::vector<core::SeqRange> ranges;
  for (const std::string& each : options.sequences) ranges.push_back(*range_of(each));
  auto ordered = api::ordered_ranges(std::move(ranges));
  if (!ordered)
    throw CLI::ValidationError("--seq", "more than " + std::to_string(api::kEventErasureMax) + " positions: erase them in parts");
  return *std::move(ordered);
}

/// The events of `what`, or without a room all of the user's.
core::StoreStatus erase_from(store::Store& opened, const store::RecordErasure& what, store::UserErasure& erasure) {
  return what.room.room.empty() ? erasure.erase(opened, {}) : erasure.erase_records(opened, what, {});
}

/// Documents have a user's words in snapshots, too, which only the server edits.
void refuse_documents(store::Store& opened, const std::string& path, const std::string& room) {
  const auto status = store::export_user(opened, std::string(core::kSystemUserId), [&](const store::UserRecord& found) {
    if (found.record.event == core::kSnapshotEvent && (room.empty() || found.room.room == room))
      throw SetupError(path, "the room " + printable(found.room.room) + " has a document, which only a server can edit",
                       "Start the server and use DELETE /api/v1/users/{user}/data or POST /api/v1/rooms/{room}/erase.");
    return true;
  });
  require_ok(status, path);
}

void erase(Program& program, const EraseOptions& options) {
  if (options.user.empty() == options.room.empty()) throw CLI::RequiredError("--user, or --room with --seq,");
  store::RecordErasure what{{{}, options.room}};
  if (!options.room.empty()) what.sequences = sequences_of(options);
  const std::string path = database_path(options.store);
  store::UserErasure erasure(options.user);
  Verdict verdict;
  std::optional<audit::AuditFile> audit_file;  // opened first: what it refuses must not leave half an erasure
  if (!options.audit.empty()) audit_file.emplace(options.audit, std::string());
  {
    const auto opened = store::open_store("sqlite:" + path);
    refuse_documents(*opened, path, options.room);
    require_ok(erase_from(*opened, what, erasure), path);
    if (options.deletes_rooms) {
      std::vector<std::string> named = erasure.named_rooms();
      verdict.rooms_deleted = named.size();
      erasure.take_whole(std::move(named));
      require_ok(erasure.erase(*opened, {}), path);
    }
    verdict.named_rooms = erasure.named_rooms();
    verdict.has_unlisted_rooms = erasure.has_unlisted_rooms();
    verdict.store = erasure.scrub(*opened);
    require_ok(verdict.store.status, path);
    verdict.notices = store::kept_notices(*opened);
  }
  store::FileScanner traces(options.user, erasure.samples());
  if (audit_file) {
    const auto use_file = [&audit_file](const std::function<void(audit::AuditFile&)>& use) {
      use(*audit_file);
      return true;
    };
    verdict.audit = audit::erase_from_audit(options.audit, options.user, use_file, erasure.whole_rooms());
  }
  for (const std::string& each : options.scanned)
    verdict.scanned.push_back(traces.search(each, store::FileScanner::IdForm::whole_word));
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
      "Erases a user's publications, or single events, from a store, and searches the files for remains; exits with 1 if it "
      "finds any.");
  command->footer(kEraseExamples);
  auto options = std::make_shared<EraseOptions>();
  CLI::Option* const user =
      command->add_option("--user", options->user, "The user's id: all publications go.")->check(check_user_id);
  CLI::Option* const room = command->add_option("--room", options->room, "The room of single events.")->check(check_room);
  room->excludes(user);
  CLI::Option* const seq =
      command->add_option("--seq", options->sequences, "With --room: a position, or a range such as 20-25; repeatable.")
          ->check(check_range);
  seq->needs(room);
  room->needs(seq);
  command->add_option("--store", options->store, "The database: a path, or sqlite:PATH. No server may use it.")->required();
  command->add_option("--scan", options->scanned, "Also search this file, such as a log or a recording; repeatable.")
      ->check(CLI::ExistingFile);
  command->add_option("--audit", options->audit, "Also erase the user's data in this audit; its chain stays valid.")
      ->check(CLI::ExistingFile)
      ->needs(user);
  command
      ->add_flag("--delete-rooms", options->deletes_rooms,
                 "Also delete rooms that have the id in their name, as inbox-ann, and no events of others.")
      ->needs(user);
  command->add_flag("--json", options->is_json, "Print the report as one JSON object.");
  command->callback([&program, options] { erase(program, *options); });
}

}  // namespace dialogue::app
