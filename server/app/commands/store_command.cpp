// `dialogue store backup|restore|check`: what an operator does with the database of a store.
#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "server/app/process/program.hpp"
#include "server/store/sqlite/sqlite_tools.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kStoreExamples =
    "Examples:\n"
    "  dialogue store check dialogue.db\n"
    "  dialogue store backup dialogue.db backups/monday.db     (the server may keep running)\n"
    "  dialogue store restore backups/monday.db dialogue.db    (stop the server first)\n";

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
  program.out << (report.is_whole() ? "no fault" : "DAMAGED: put a backup in its place with `dialogue store restore`") << "\n";
  if (!report.is_whole()) program.exit_code = kExitRefused;
}

std::string summary(const store::StoreCopy& copy) {
  return count_of(copy.rooms, "room") + ", " + count_of(copy.events, "event") + ", " + count_of(copy.bytes, "byte");
}

void backup(Program& program, const Paths& paths) {
  const store::StoreCopy copy = store::backup_sqlite(path_of(paths.from), paths.to);
  program.out << "Wrote " << paths.to << " from " << path_of(paths.from) << ": " << summary(copy) << "; checked, no fault\n";
}

void restore(Program& program, const Paths& paths) {
  const std::string to = path_of(paths.to);
  const store::StoreCopy copy = store::restore_sqlite(paths.from, to);
  program.out << "Restored " << to << " from " << paths.from << ": " << summary(copy) << "; checked, no fault\n";
  program.out << "Every room begins a new epoch: clients with a position learn that they may have missed events\n";
  if (!copy.replaced.empty()) program.out << "The previous file is now " << copy.replaced << "\n";
}

void add_check(CLI::App& parent, Program& program) {
  CLI::App* command = parent.add_subcommand(
      "check", "Reads a whole database and reports each room; exits with 1 if anything is damaged. A server may keep running.");
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

}  // namespace

void add_store_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("store", "Checks, backs up and restores the database of a server.");
  command->require_subcommand(1);
  command->footer(kStoreExamples);
  add_check(*command, program);
  add_backup(*command, program);
  add_restore(*command, program);
}

}  // namespace dialogue::app
