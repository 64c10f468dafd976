// `dialogue serve`: settings to a running instance, what signals do to it, and an orderly end on SIGTERM or SIGINT.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <dialogue/dialogue.hpp>
#include <memory>

#include "server/app/commands/definitions_source.hpp"
#include "server/app/dev/development.hpp"
#include "server/app/process/process_limits.hpp"
#include "server/app/process/program.hpp"
#include "server/app/process/serve_until_signal.hpp"
#include "server/app/process/service_manager.hpp"
#include "server/app/process/stop_deadline.hpp"
#include "server/app/settings/files/distinct_files.hpp"
#include "server/app/settings/reload.hpp"
#include "server/app/settings/serve_config.hpp"
#include "server/app/settings/setting_rows.hpp"
#include "server/app/settings/settings_flags.hpp"
#include "server/core/messages/log_message.hpp"
#include "server/ops/log_sink.hpp"
#include "server/store/factory/open_store.hpp"
#include "shared/base/shown_url.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

/// After the clients have gone: for the hooks' last notices, the recording and the store.
constexpr auto kStopReserve = std::chrono::milliseconds(2'500);

/// Before anything is made: what is refused then leaves no file behind.
void check_start(const Settings& settings, const Config& config) {
  check_distinct_files(settings);
  Config checked = config;
  checked.logger = [](const LogLine&) {};  // the start itself will say it
  check_serve_config(settings, std::move(checked));
}

/// The store of `--store`; none for memory:, which every shard has of its own.
std::shared_ptr<Store> open_store_of(const Settings& settings, const Config& config) {
  if (!store::parse_store_address(settings.program.store_url()).is_durable) return nullptr;
  store::StoreOptions options;
  options.warn = [log = config.logger](const std::string& message) { log(core::log_message(LogLevel::warn, "store", message)); };
  options.note = [log = config.logger](const std::string& message) { log(core::log_message(LogLevel::info, "store", message)); };
  options.bus = settings.program.bus;
  try {
    return open_store(settings.program.store_url(), options);
  } catch (const StoreError& error) { throw SetupError("--store " + shown_url(settings.program.store_url()), error.what(), ""); }
}

void log_identities_in_force(const Config& config) {
  const auto warn = [&config](const char* event, const std::string& message) {
    config.logger({LogLevel::warn, event, R"({"message":")" + message + "\"}"});
  };
  if (config.dev)
    warn("development_identities_anywhere",
         "--dev: EVERY client that reaches this server may claim to be ANY user. Never do this in production.");
  if (config.auth.anonymous) warn("anonymous_allowed", "--auth-anonymous: unauthenticated clients are admitted as guests");
  if (auth::is_user_of_several_issuers(config.auth))
    warn("issuers_share_users",
         "Tokens of several issuers name the same users: an issuer can be ANY user of another. --auth-realm keeps them apart.");
  const auto& jwks = config.auth.jwks;
  const bool is_open = std::any_of(jwks.begin(), jwks.end(), [](const JwksSource& source) {
    const auto url = http_client::parse_http_url(source.url);
    return url && !url->is_secure && !url->is_loopback();
  });
  if (is_open)
    warn("jwks_unprotected",
         "--auth-jwks is fetched over http: an attacker who changes the response can be ANY user. Use https.");
}

/// SIGUSR1.
void write_recording(Instance& instance, const Settings& settings, const std::function<void(const LogLine&)>& log) {
  if (!settings.config.record.empty()) return instance.write_recording();
  log(core::log_message(LogLevel::warn, "recording_off",
                        "SIGUSR1: the flight recorder is off; start the server with --record FILE"));
}

/// Lines of `least` and above, which may change.
std::function<void(const LogLine&)> make_logger(const Settings& settings, std::shared_ptr<std::atomic<LogLevel>> least,
                                                std::shared_ptr<metrics::SharedCells> metrics) {
  const ops::LogFormat format =
      settings.program.log.empty() ? ops::default_log_format() : *ops::parse_log_format(settings.program.log);
  return [sink = ops::make_log_sink(format, LogLevel::debug, std::move(metrics)), least = std::move(least)](const LogLine& line) {
    if (line.level >= *least) sink(line);
  };
}

void log_open(const Program& program, const Settings& settings, const Config& config) {
  if (!is_open(program, settings)) return;
  config.logger(core::log_message(LogLevel::warn, "no_definitions",
                                  std::string("no definitions: any room can be joined, and its event \"") + kOpenEvent +
                                      "\" carries any JSON. To define rooms and events, run `dialogue serve app.json`"));
}

/// One instance, from its settings to its end. `development`: null for `dialogue serve`. False: a signal asked for the end.
bool serve_once(Program& program, const SettingFlags& flags, Development* development) {
  StopDeadline deadline;                                  // goes last
  const auto signals = std::make_shared<ServeSignals>();  // the watch of definitions outlives this call
  const auto socket = inherited_socket(program.environment);
  const auto read_settings = [&] {
    ReadSettings read = flags.settings(program.environment, program.variables);
    if (socket) read.settings.config.listen = socket->address;
    if (development != nullptr && !development->listen().empty()) read.settings.config.listen = development->listen();
    return read;
  };
  const ReadSettings read = read_settings();
  const Settings& settings = read.settings;
  if (!settings.program.core_dumps) forbid_core_dumps();
  raise_descriptor_limit();
  if (development != nullptr) development->reading(settings);
  Config config = serve_config(settings, program.environment, definitions_to_serve(program, settings));
  if (socket) config.listen_descriptor = socket->descriptor;
  if (development != nullptr) Development::prepare(settings, config);
  const auto least = std::make_shared<std::atomic<LogLevel>>(*ops::parse_log_level(settings.program.log_level));
  config.shared_metrics = std::make_shared<metrics::SharedCells>();
  const auto log = config.logger = make_logger(settings, least, config.shared_metrics);
  for (const std::string& warning : read.warnings) log(core::log_message(LogLevel::warn, "unknown_variable", warning));
  check_start(settings, config);
  config.store = open_store_of(settings, config);
  config.cluster = !settings.program.cluster.empty();
  config.on_failure = [&program, signals](const std::string&) {
    program.exit_code = kExitRefused;
    signals->stop();  // an orderly end: what was acknowledged is kept, and what is asked meanwhile is refused
  };
  log_identities_in_force(config);
  log_open(program, settings, config);
  const auto stop_time = std::chrono::milliseconds(config.drain_delay_ms + config.drain_timeout_ms) + kStopReserve;
  Reload reload(
      settings, config, [&] { return read_settings().settings; }, program.environment, least);
  // One reload at a time, whether a signal or the HTTP API asks for it, and none on a thread that it would wait for.
  boost::asio::thread_pool reloads(1);
  std::atomic<bool> is_asked = false, is_signalled = false;  // at most one of each waits
  Instance* serving = nullptr;
  config.settings_report = [json = setting_rows_json(setting_rows(read))] { return json; };
  config.store_address = shown_url(settings.program.store_url());
  config.reload_source = [&](bool is_dry_run, std::function<void(ReloadResult)> done) {
    ReloadResult busy;
    busy.refusal = "Another reload is running. Try again.";
    busy.is_busy = true;
    if (is_asked.exchange(true)) return done(std::move(busy));
    boost::asio::post(reloads, [&, is_dry_run, done = std::move(done)] {
      ReloadResult result = reload.run(*serving, is_dry_run);
      is_asked = false;  // the next request may be made after this answer
      done(std::move(result));
    });
  };
  Instance instance = create_dialogue(std::move(config));
  serving = &instance;
  if (program.hooks.on_setup) program.hooks.on_setup(instance);
  ServiceManager manager(program.environment);
  SignalActions actions;
  actions.reload = [&] {
    if (is_signalled.exchange(true)) return;
    boost::asio::post(reloads, [&] {
      is_signalled = false;
      manager.reloading();
      static_cast<void>(reload.run(instance, false));
      manager.ready();
    });
  };
  actions.write_recording = [&] { write_recording(instance, settings, log); };
  actions.before_stop = [&] {
    manager.unwatch();
    manager.stopping(static_cast<std::uint64_t>(stop_time.count()));
    deadline.arm(stop_time);
  };
  actions.listening = [&] {
    manager.ready();
    manager.watch([&](std::function<void()> is_well) { instance.probe(std::move(is_well)); });
    if (development != nullptr) development->listening(instance, settings, log, [signals] { signals->stop(); });
  };
  signals->run(instance, actions);
  reloads.join();
  return !signals->was_signalled();
}

void serve(Program& program, const SettingFlags& flags, bool is_development) {
  const CalmSignals calm;
  Development development;
  bool may_go_on = true;
  do may_go_on = serve_once(program, flags, is_development ? &development : nullptr);
  while (development.is_to_restart() && may_go_on);
}

void add_serving(CLI::App& app, Program& program, const char* name, const std::string& description, bool is_development) {
  CLI::App* command = app.add_subcommand(
      name, description + "\nA flag overrides its environment variable, which overrides the key in the --config file.");
  auto flags = std::make_shared<SettingFlags>(*command, program.compiled_in.has_value());
  command->callback([&program, flags, is_development] { serve(program, *flags, is_development); });
}

}  // namespace

void add_serve_command(CLI::App& app, Program& program) {
  add_serving(app, program, "serve",
              "Serves the rooms and events of the definitions until SIGTERM or SIGINT. Without definitions it serves any room "
              "and any JSON, only to this machine.",
              false);
  add_serving(app, program, "dev",
              "Serves for development: like serve, with the dashboard at /_dialogue/, and for pages from any port of this "
              "machine, such as a Vite server. Restarts when the definitions change.",
              true);
}

}  // namespace dialogue::app
