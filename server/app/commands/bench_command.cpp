// `dialogue bench URL`: loads a server with members and publications, checks every delivery and reports the results.
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <cmath>
#include <dialogue/setup_error.hpp>
#include <memory>
#include <ostream>
#include <string>

#include "server/app/process/program.hpp"
#include "server/embed/text_file.hpp"
#include "server/load/run.hpp"

namespace dialogue::app {
namespace {

constexpr const char* kBenchExamples =
    "Examples:\n"
    "  dialogue bench ws://localhost:8080 --clients 1000 --rate 50\n"
    "  dialogue bench ws://localhost:8080 --clients 2000 --rooms 500 --saturate\n"
    "  dialogue bench wss://example.com --clients 2 --ping-pong\n"
    "  dialogue bench ws://localhost:8080 --clients 5000 --rooms 500 --idle < /dev/tty\n"
    "  dialogue bench ws://localhost:8080 --clients 2000 --storm --history 50\n"
    "\n"
    "The server's definitions must have the rooms of --room-pattern, and in them the event of --event, with any object as its\n"
    "payload: {\"n\", \"from\" and \"at\" (whole numbers), \"text\"}. bench/delivery/app.json is such a file. Each member checks "
    "that it\n"
    "gets every publication of its room once and in order. The exit code is 0 when everybody did, else 1.\n";

constexpr std::size_t kDialectBytesMax = 64 * 1024;
constexpr std::uint32_t kClientsMax = 60'000, kBodyBytesMax = 60'000;

struct BenchOptions {
  load::Plan plan;
  std::string url, dialect, stream;
  bool saturate = false, ping_pong = false, idle = false, storm = false, json = false;
};

[[noreturn]] void refuse(const std::string& where, const std::string& problem, const std::string& advice) {
  throw SetupError(where, problem, advice);
}

void choose_mode(BenchOptions& options) {
  using load::Mode;
  if (options.saturate + options.ping_pong + options.idle + options.storm > 1)
    refuse("", "--saturate, --ping-pong, --idle and --storm exclude each other", "Use one of them.");
  load::Plan& plan = options.plan;
  plan.mode = options.saturate    ? Mode::saturated
              : options.ping_pong ? Mode::ping_pong
              : options.idle      ? Mode::idle
              : options.storm     ? Mode::storm
                                  : Mode::rate;
  if (plan.mode == Mode::ping_pong) plan.publishers = 2;
}

void check(const load::Plan& plan) {
  using load::Mode;
  if (std::isnan(plan.rate)) refuse("--rate", "it is not a number", "Pass publications per second, such as 100.");
  const std::uint64_t publishers = std::uint64_t{plan.rooms} * plan.publishers;
  if (plan.clients < publishers + plan.stalled)
    refuse("--clients",
           std::to_string(plan.clients) + " are too few for " + std::to_string(publishers) + " publishers" +
               (plan.stalled != 0 ? " and " + std::to_string(plan.stalled) + " stalled members" : ""),
           "Use more clients, or fewer --rooms.");
  if (plan.mode == Mode::ping_pong && plan.clients != publishers)
    refuse("--ping-pong", "--ping-pong needs two members in each room", "Set --clients to twice --rooms.");
  if (plan.rooms > 1 && plan.room_pattern.find('{') == std::string::npos)
    refuse("--room-pattern", "\"" + plan.room_pattern + "\" names one room", "Include {id} for its number, such as bench-{id}.");
  if (plan.stream && (plan.is_deaf || plan.mode == Mode::ping_pong || plan.mode == Mode::storm))
    refuse("--stream", "push streams can neither publish nor fill a room", "Leave out --deaf, --ping-pong and --storm.");
  if (plan.is_deaf && plan.mode != Mode::saturated)
    refuse("--deaf", "members without subscriptions receive only acknowledgements", "Give --saturate.");
  if (plan.dialect && (plan.is_deaf || plan.mode == Mode::storm))
    refuse("--dialect", "only Dialogue's own protocol has acknowledgements and history", "Leave out --deaf and --storm.");
}

void check_trust(const load::Plan& plan) {
  const load::TlsTrust& trust = plan.trust;
  if (trust.believes_anybody && !trust.authorities.empty())
    refuse("--insecure", "--insecure and --ca exclude each other", "Use one of them.");
  if (!plan.target.is_secure && (trust.believes_anybody || !trust.authorities.empty()))
    refuse(trust.believes_anybody ? "--insecure" : "--ca", "certificates require TLS", "Write wss://, or omit it.");
}

void run_bench(Program& program, BenchOptions& options) {
  const auto target = load::parse_target(options.url);
  if (!target)
    refuse(options.url, "this is not a WebSocket URL", "Write ws://HOST:PORT or wss://HOST:PORT, such as ws://localhost:8080.");
  options.plan.target = *target;
  check_trust(options.plan);
  if (!options.dialect.empty())
    options.plan.dialect = load::read_dialect(read_text_file(options.dialect, kDialectBytesMax), options.dialect);
  if (!options.stream.empty()) options.plan.stream = load::TemplateText(options.stream);
  choose_mode(options);
  check(options.plan);
  load::Run run(options.plan);
  const load::Report report = run.measure();
  program.out << (options.json ? json_of(report, options.plan) + "\n" : text_of(report, options.plan)) << std::flush;
  if (options.plan.mode == load::Mode::idle) run.hold(STDIN_FILENO);
  run.leave();
  if (!report.is_right()) program.exit_code = kExitRefused;
}

void add_options(CLI::App& command, BenchOptions& options) {
  load::Plan& plan = options.plan;
  command
      .add_option("url", options.url,
                  "The server: ws://HOST:PORT or wss://HOST:PORT; its WebSocket is at /dialogue unless a path says otherwise.")
      ->required();
  command.add_option("--clients", plan.clients, "Members, spread over the rooms; 100.")->check(CLI::Range(1U, kClientsMax));
  command.add_option("--rooms", plan.rooms, "Rooms; 1.")->check(CLI::Range(1U, kClientsMax));
  command.add_option("--publishers", plan.publishers, "Members of each room who publish; 1.")->check(CLI::Range(1U, kClientsMax));
  command.add_option("--seconds", plan.seconds, "Duration of publishing; 10.")->check(CLI::Range(1U, 86'400U));
  command.add_option("--rate", plan.rate, "Publications per second in all rooms together; 100.")->check(CLI::Range(0.01, 1e7));
  command.add_option("--burst", plan.burst, "Publications sent at once, at the same rate; 1.")->check(CLI::Range(1U, 10'000U));
  command.add_option("--size", plan.body_bytes, "Bytes of a payload, at least what its numbers need; 100.")
      ->check(CLI::Range(std::size_t{0}, std::size_t{kBodyBytesMax}));
  command.add_option("--event", plan.event, "The event to publish; message.");
  command.add_option("--room-pattern", plan.room_pattern, "Room ids: {id} is a number from 0; bench-{id}.");
  command.add_option("--ca", plan.trust.authorities, "With wss://: trust these authorities; default: the system's.")
      ->type_name("FILE");
  command.add_flag("--insecure", plan.trust.believes_anybody, "With wss://: accept any certificate, such as a self-signed one.");
  command.add_option("--token", plan.token, "A token for all members; by default each uses its own development identity.");
  command.add_flag("--saturate", options.saturate,
                   "No fixed rate: each member publishes again when it has received its own publication.");
  command.add_option("--in-flight", plan.in_flight, "With --saturate: publications in flight; 1.")->check(CLI::Range(1U, 1'000U));
  command.add_flag("--deaf", plan.is_deaf, "With --saturate: no subscriptions; each publishes again on its acknowledgement.");
  command.add_flag("--ping-pong", options.ping_pong, "Two members of each room answer each other: latency.");
  command.add_flag("--idle", options.idle, "Join, print the report, and stay connected until standard input ends.");
  command.add_flag("--storm", options.storm, "Fill each room, then let all members join at once and request its newest events.");
  command.add_option("--history", plan.history, "With --storm: events of each room; 100.")->check(CLI::Range(1U, 100'000U));
  command.add_option("--stalled", plan.stalled, "Members that stop reading until the others have received everything; 0.");
  command.add_option("--connect-at-once", plan.connect_at_once, "Connections opened concurrently; 200.")
      ->check(CLI::Range(1U, kClientsMax));
  command.add_option("--dialect", options.dialect, "Use another server's protocol, described by the templates in this file.")
      ->type_name("FILE");
  command
      .add_option("--stream", options.stream,
                  "Members that do not publish listen by Server-Sent Events at this path; {room} and {from} are filled in.")
      ->type_name("PATH");
  command
      .add_option("--server-pid", plan.server_pid,
                  "The server's process on this machine: the report includes its CPU time and memory.")
      ->check(CLI::PositiveNumber)
      ->type_name("PID");
  command.add_flag("--json", options.json, "Print one JSON object instead of a table.");
}

}  // namespace

void add_bench_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("bench", "Loads a server with members and publications, and checks every delivery.");
  auto options = std::make_shared<BenchOptions>();
  add_options(*command, *options);
  command->footer(kBenchExamples);
  command->callback([&program, options] { run_bench(program, *options); });
}

}  // namespace dialogue::app
