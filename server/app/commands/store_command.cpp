// `dialogue store backup|restore|check|copy`: what an operator does with the database of a store.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>

#include "server/app/process/program.hpp"
#include "server/store/copy/store_copy.hpp"
#include "server/store/factory/open_store.hpp"
#include "server/store/sqlite/sqlite_tools.hpp"
#include "shared/base/shown_url.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kStoreExamples =
    "Examples:\n"
    "  dialogue store check dialogue.db\n"
    "  dialogue store backup dialogue.db backups/monday.db     (the server may keep running)\n"
    "  dialogue store restore backups/monday.db dialogue.db    (stop the server first)\n"
    "  dialogue store copy dialogue.db postgres://dialogue@db/dialogue    (stop the server first)\n";

struct Paths {
  std::string from, to;
};

/// As in --store, or the path alone.
std::string path_of(std::string_view given) {
  constexpr std::string_view kScheme = "sqlite:";
  return std::string(given.starts_with(kScheme) ? given.substr(kScheme.size()) : given);
}

std::string count_of(std::uint64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string name_of(const core::RoomKey& key) { return key.tenant.empty() ? key.room : key.tenant + "/" + key.room; }

std::string line_of(const store::RoomReport& room) {
  std::string line = "  " + name_of(room.key) + ": ";
  if (!room.faults.empty()) line += "DAMAGED, ";
  for (const std::string& fault : room.faults) line += fault + ", ";
  line += count_of(room.events, "event");
  if (room.events > 0) line += " of " + std::to_string(room.base) + " to " + std::to_string(room.head);
  return line + ", " + count_of(room.producers, "producer") + ", " + count_of(room.bytes, "byte");
}

void check(Program& program, const std::string& path) {
  const store::StoreReport report = store::check_sqlite(path);
  for (const store::RoomReport& room : report.rooms) program.out << line_of(room) << "\n";
  for (const std::string& fault : report.faults) program.out << "  DAMAGED, " << fault << "\n";
  program.out << path << ": " << count_of(report.rooms.size(), "room") << ", " << count_of(report.events, "event") << ", "
              << count_of(report.bytes, "byte") << " of payload, ";
  program.out << (report.is_whole() ? "no fault" : "DAMAGED: restore a backup with `dialogue store restore`") << "\n";
  if (!report.is_whole()) program.exit_code = kExitRefused;
}

std::string summary(const store::StoreCopy& copy) {
  return count_of(copy.rooms, "room") + ", " + count_of(copy.events, "event") + ", " + count_of(copy.bytes, "byte");
}

void backup(Program& program, const Paths& paths) {
  const store::StoreCopy copy = store::backup_sqlite(path_of(paths.from), paths.to);
  program.out << "Wrote " << paths.to << " from " << path_of(paths.from) << ": " << summary(copy) << "; verified, no fault\n";
}

void restore(Program& program, const Paths& paths) {
  const std::string to = path_of(paths.to);
  const store::StoreCopy copy = store::restore_sqlite(paths.from, to);
  program.out << "Restored " << to << " from " << paths.from << ": " << summary(copy) << "; verified, no fault\n";
  program.out << "Every room starts a new epoch: clients with a position are notified that they may have missed events\n";
  if (!copy.replaced.empty()) program.out << "The previous file is now " << copy.replaced << "\n";
}

/// As in --store; a path alone is SQLite's.
std::string url_of(const std::string& given) {
  const bool is_url = given.starts_with("sqlite:") || given.starts_with("memory:") || given.find("://") != std::string::npos;
  return is_url ? given : "sqlite:" + given;
}

/// Throws unless the store is there already, if it is a file, and outlives the process.
void check_copied(const std::string& from, const std::string& to) {
  for (const std::string& url : {from, to})
    if (!store::parse_store_address(url).is_durable)
      throw store::StoreError(url, "memory ends with its process.", store::store_advice());
  const std::string file = store::parse_store_address(from).file, target = store::parse_store_address(to).file;
  std::error_code ignored;
  if (!file.empty() && !std::filesystem::exists(file, ignored))
    throw store::StoreError(file, "the database does not exist.", "Check the path.");
  const bool is_same_file = !file.empty() && !target.empty() && std::filesystem::equivalent(file, target, ignored);
  if (from == to || is_same_file)
    throw store::StoreError(shown_url(to), "both stores are the same.", "Copy into another, empty store.");
  store::check_store(from);
  store::check_store(to);
}

/// Lines such as "copying: 40 of 100 rooms (40 %), 12345 events", one a second.
class ProgressLines {
 public:
  explicit ProgressLines(std::ostream& out) : out_(out) {}
  void operator()(const store::CopyProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (progress.rooms < progress.rooms_all && now < due_) return;
    due_ = now + std::chrono::seconds(1);
    out_ << (progress.is_verifying ? "verifying: " : "copying: ") << progress.rooms << " of "
         << count_of(progress.rooms_all, "room") << " (" << 100 * progress.rooms / std::max<std::uint64_t>(progress.rooms_all, 1)
         << " %)";
    if (!progress.is_verifying) out_ << ", " << count_of(progress.events, "event");
    out_ << std::endl;
  }

 private:
  std::ostream& out_;
  std::chrono::steady_clock::time_point due_{};
};

std::string json_of(const store::CopyEnd& from, const store::CopyEnd& to, const store::CopySummary& copied) {
  JsonText text;
  text.text("from", from.name).text("to", to.name).number("rooms", copied.rooms).number("events", copied.events);
  text.number("bytes", copied.bytes).number("producers", copied.producers).number("kept", copied.kept);
  return text.flag("verified", true).take();
}

void copy(Program& program, const Paths& paths, bool is_json) {
  const std::string from_url = url_of(paths.from), to_url = url_of(paths.to);
  check_copied(from_url, to_url);
  std::mutex printing;  // warnings come on the stores' threads
  store::StoreOptions options;
  options.warn = [&](const std::string& text) {
    const std::lock_guard lock(printing);
    program.err << text << std::endl;
  };
  const std::unique_ptr<store::Store> from_store = open_store(from_url, options), to_store = open_store(to_url, options);
  const store::CopyEnd from{*from_store, shown_url(from_url)}, to{*to_store, shown_url(to_url)};
  ProgressLines lines(program.err);
  const store::CopySummary copied = store::copy_store(from, to, [&](const store::CopyProgress& progress) {
    const std::lock_guard lock(printing);
    lines(progress);
  });
  if (is_json) {
    program.out << json_line(program, json_of(from, to, copied)) << "\n";
    return;
  }
  program.out << "Copied " << from.name << " to " << to.name << ": " << count_of(copied.rooms, "room") << ", "
              << count_of(copied.events, "event") << ", " << count_of(copied.bytes, "byte") << ", "
              << count_of(copied.producers, "producer") << "; verified, no difference\n";
  program.out << "Epochs and sequences are kept: clients resume at their positions. Do not serve the source any more\n";
}

void add_check(CLI::App& parent, Program& program) {
  CLI::App* command = parent.add_subcommand(
      "check",
      "Verifies a whole database and reports each room; exits with 1 if anything is damaged. A server may keep running.");
  auto path = std::make_shared<std::string>();
  command->add_option("path", *path, "The database.")->required();
  command->callback([&program, path] { check(program, path_of(*path)); });
}

void add_backup(CLI::App& parent, Program& program) {
  CLI::App* command = parent.add_subcommand(
      "backup", "Copies the current state of a database, and verifies the copy. A server may keep running.");
  auto paths = std::make_shared<Paths>();
  command->add_option("path", paths->from, "The database.")->required();
  command->add_option("backup", paths->to, "The file to write; it must not exist.")->required();
  command->callback([&program, paths] { backup(program, *paths); });
}

void add_restore(CLI::App& parent, Program& program) {
  CLI::App* command = parent.add_subcommand(
      "restore", "Replaces a database by a backup and keeps the previous file. Refuses while a server uses it.");
  auto paths = std::make_shared<Paths>();
  command->add_option("backup", paths->from, "The backup.")->required();
  command->add_option("path", paths->to, "The database.")->required();
  command->callback([&program, paths] { restore(program, *paths); });
}

void add_copy(CLI::App& parent, Program& program) {
  CLI::App* command = parent.add_subcommand(
      "copy",
      "Copies a store into an empty one of any kind, with epochs, sequences and producers, and verifies the copy. Stop the "
      "servers first.");
  auto paths = std::make_shared<Paths>();
  auto is_json = std::make_shared<bool>(false);
  command->add_option("from", paths->from, "A path of SQLite, or the address of another store.")->required();
  command->add_option("to", paths->to, "The same; it must be empty.")->required();
  command->add_flag("--json", *is_json, "Print the summary as one JSON object.");
  command->callback([&program, paths, is_json] { copy(program, *paths, *is_json); });
}

}  // namespace

void add_store_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("store", "Checks, backs up, restores and copies the store of a server.");
  command->require_subcommand(1);
  command->footer(kStoreExamples);
  add_check(*command, program);
  add_backup(*command, program);
  add_restore(*command, program);
  add_copy(*command, program);
}

}  // namespace dialogue::app
