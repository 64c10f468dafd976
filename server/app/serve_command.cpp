// `dialogue serve`: settings to a Config, a running instance, and an orderly end on SIGTERM or SIGINT.
#include <CLI/CLI.hpp>
#include <csignal>
#include <dialogue/dialogue.hpp>
#include <memory>

#include "server/app/api_key_settings.hpp"
#include "server/app/client_script.hpp"
#include "server/app/core_dumps.hpp"
#include "server/app/definitions_source.hpp"
#include "server/app/hook_settings.hpp"
#include "server/app/identity_settings.hpp"
#include "server/app/program.hpp"
#include "server/app/serve_until_signal.hpp"
#include "server/app/settings_flags.hpp"
#include "server/core/log_message.hpp"
#include "server/ops/log_sink.hpp"
#include "server/store/open_store.hpp"
#include "shared/json_reader.hpp"

namespace dialogue {
namespace {

Config make_config(const ServeSettings& settings, Definitions definitions) {
  Config config;
  config.definitions = std::move(definitions);
  config.listen = settings.listen;
  config.tls_certificate = settings.tls_certificate;
  config.tls_key = settings.tls_key;
  config.shards = settings.shards;
  config.gather_us = settings.gather_us;
  config.static_directory = settings.static_directory;
  config.client_script = std::string(client_script());
  config.client_modules = {{"validator.js", std::string(client_validator_script())},
                           {"outbox.js", std::string(client_outbox_script())}};
  config.allowed_origins = settings.allowed_origins;
  config.development_identities_anywhere = settings.dev;
  config.trusted_proxies = settings.trusted_proxies;
  config.proxy_protocol = settings.proxy_protocol;
  config.connections_per_address_max = settings.connections_per_address_max;
  config.memory_mib_max = settings.memory_max;
  config.http_requests_per_minute = settings.http_requests;
  config.http_messages_per_minute = settings.http_messages;
  config.limits.connections_max = settings.connections_max;
  config.limits.connections_per_user_max = settings.connections_per_user_max;
  config.drain_spread_ms = settings.drain_ms;
  config.record_file = settings.record;
  config.record_bytes_max = settings.record_bytes;
  config.record_payloads = settings.record_payloads;
  config.logger = make_log_sink(settings.log.empty() ? default_log_format() : *parse_log_format(settings.log),
                                *parse_log_level(settings.log_level));
  return config;
}

/// The store of `--store`; none for memory:, which every shard has of its own.
std::shared_ptr<Store> open_store_of(const ServeSettings& settings, const Config& config) {
  if (parse_store_address(settings.store).kind == StoreAddress::Kind::memory) return nullptr;
  StoreOptions options;
  options.warn = [log = config.logger](const std::string& message) { log(log_message(LogLevel::warn, "store", message)); };
  try {
    return open_store(settings.store, options);
  } catch (const StoreError& error) { throw SetupError("--store " + settings.store, error.what(), ""); }
}

void log_identities_in_force(const Config& config) {
  const auto warn = [&config](const char* event, const std::string& message) {
    config.logger({LogLevel::warn, event, R"({"message":")" + message + "\"}"});
  };
  if (config.development_identities_anywhere)
    warn("development_identities_anywhere",
         "--dev: EVERYBODY who can reach this server may claim to be ANY user. Never do this in production.");
  if (config.tokens.allow_anonymous) warn("anonymous_allowed", "--auth-anonymous: who has no token comes in as a guest");
  const auto url = parse_http_url(config.tokens.jwks_url);
  if (url && !url->is_secure && !url->is_loopback())
    warn("jwks_unprotected", "--auth-jwks is fetched over http: who can change its answer can be ANY user. Use https.");
}

void serve(Program& program, const ServeSettings& settings) {
  if (!settings.core_dumps) forbid_core_dumps();
  Config config = make_config(settings, definitions_of(program, settings.app));
  config.tokens = token_settings(settings, program.environment);
  check_identity_policy(settings, config.tokens);
  config.api_keys = api_keys_of(settings, program.environment);
  config.webhooks = webhook_settings(settings, program.environment);
  config.store = open_store_of(settings, config);
  config.on_failure = [&program](const std::string&) {
    program.exit_code = kExitRefused;
    std::raise(SIGTERM);  // an orderly end: what was acknowledged is kept, and what is asked meanwhile is refused
  };
  log_identities_in_force(config);
  Instance instance = create_dialogue(std::move(config));
  if (program.hooks.on_setup) program.hooks.on_setup(instance);
  serve_until_signal(instance, !settings.record.empty());
}

}  // namespace

void add_serve_command(CLI::App& app, Program& program) {
  CLI::App* command = app.add_subcommand("serve",
                                         "Serves the rooms and events that the definitions describe, until SIGTERM or SIGINT.\n"
                                         "A flag beats the environment variable, that beats the key of the --config file.");
  auto flags = std::make_shared<SettingFlags>(*command, program.compiled_in.has_value());
  command->callback([&program, flags] { serve(program, flags->settings(program.environment)); });
}

}  // namespace dialogue
