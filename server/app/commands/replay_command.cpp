// `dialogue replay FILE`: runs a recording again and shows the decisions. The name at the beginning of the first line shows
// whether it is a server's or a client's recording.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <dialogue/setup_error.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "client-wasm/replay/recording.hpp"
#include "client-wasm/replay/replay.hpp"
#include "server/app/process/program.hpp"
#include "server/embed/text_file.hpp"
#include "server/replay/format/recording_file.hpp"
#include "server/replay/replay_text.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kReplayExamples =
    "Examples:\n"
    "  dialogue serve app.json --record flight.rec      (writes flight.rec when it ends, and on SIGUSR1)\n"
    "  dialogue replay flight.rec\n"
    "  dialogue replay flight.rec --shard 0 --connection 4294967296\n"
    "\n"
    "Each input is a line: SHARD.NUMBER and the recorded input. Indented below it are the application's answers\n"
    "and the server's decisions. The last line says whether they match the recorded ones. The exit code is\n"
    "0 if they do, or if only inputs can be shown; else 1.\n";

struct ReplayOptions {
  std::string path;
  replay::ReplayFilter filter;
};

void replay_server(Program& program, const std::string& recording, const ReplayOptions& options) {
  const replay::ReplayReport report = replay::verify(
      recording, [&](const replay::ReplayedInput& input) { program.out << replay::text_of(input, options.filter); });
  if (report.outcome == replay::ReplayReport::Outcome::damaged) throw SetupError(options.path, report.sentence, "");
  program.out << replay::text_of(report);
  if (report.outcome == replay::ReplayReport::Outcome::different) program.exit_code = kExitRefused;
}

void replay_client(Program& program, const std::string& recording, const ReplayOptions& options) {
  if (options.filter.shard || options.filter.connection)
    throw SetupError(options.path, "this is a client's recording, which has neither shards nor concurrent connections",
                     "Omit --shard and --connection.");
  const auto [problem, differs] = client::replay_client(recording, [&](const std::string& line) { program.out << line << '\n'; });
  if (!problem.empty()) throw SetupError(options.path, problem, "");
  if (differs) program.exit_code = kExitRefused;
}

void run_replay(Program& program, const ReplayOptions& options) {
  std::error_code unknown;
  const std::uintmax_t bytes = std::filesystem::file_size(options.path, unknown);
  const std::string recording = read_text_file(options.path, unknown ? 0 : bytes);
  const std::string_view name = replay::recording_name(recording);
  if (name == replay::kRecordingName) return replay_server(program, recording, options);
  if (name == client::kRecordingName) return replay_client(program, recording, options);
  throw SetupError(options.path, recording.empty() ? "line 1: the file is empty" : "line 1: this is not a recording",
                   "Make one with `dialogue serve --record FILE`, or with createRecorder() of dialogue-client/recorder.");
}

}  // namespace

void add_replay_command(CLI::App& app, Program& program) {
  CLI::App* command =
      app.add_subcommand("replay", "Replays a recording of a server or a client and prints every decision with its input.");
  auto options = std::make_shared<ReplayOptions>();
  command->add_option("file", options->path, "The recording.")->required();
  command->add_option("--shard", options->filter.shard, "Show only this shard.")->type_name("N");
  command->add_option("--connection", options->filter.connection, "Show only the inputs and decisions of this connection.")
      ->type_name("ID");
  command->footer(kReplayExamples);
  command->callback([&program, options] { run_replay(program, *options); });
}

}  // namespace dialogue::app
