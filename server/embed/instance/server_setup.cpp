// From a Config to the settings of the network side, refusing what contradicts itself.
#include <array>
#include <chrono>
#include <cstdio>
#include <dialogue/instance.hpp>

#include "server/api/api_keys.hpp"
#include "server/core/messages/log_message.hpp"
#include "server/embed/catalogue_setup.hpp"
#include "server/embed/client_script.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/listen_address.hpp"
#include "server/embed/metrics/metric_readings.hpp"
#include "server/embed/settings/config_settings.hpp"
#include "server/embed/text_file.hpp"
#include "server/http/request/cookies.hpp"
#include "server/net/unix_socket_file.hpp"
#include "server/ops/cgroup_memory.hpp"
#include "server/ops/metrics.hpp"
#include "server/proxy/proxy_handler.hpp"
#include "server/store/memory/memory_store.hpp"
#include "shared/base/lower_case.hpp"
#include "shared/base/transports.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue {
namespace {

/// Returns the current time, as milliseconds since the Unix epoch.
std::uint64_t start_time_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

/// Writes warnings and errors to standard error, for an application without a logger.
void log_to_standard_error(const LogLine& line) {
  if (line.level < LogLevel::warn) return;
  std::fprintf(stderr, "dialogue: %s: %s %s\n", line.level == LogLevel::warn ? "warning" : "error", line.event.c_str(),
               line.fields.c_str());
}

/// A line that the application's logger threw at is written as if there were none; a logger must not end a shard's thread.
std::function<void(const LogLine&)> guarded_logger(std::function<void(const LogLine&)> logger,
                                                   std::shared_ptr<metrics::SharedCells> metrics,
                                                   std::shared_ptr<AuditSlot> audit, std::shared_ptr<ChangeSlot> changes) {
  if (!logger) logger = log_to_standard_error;
  return [logger = std::move(logger), metrics = std::move(metrics), audit = std::move(audit),
          changes = std::move(changes)](const LogLine& line) {
    using metrics::Metric;
    if (line.is_swallowed) return audit->note(line);
    metrics->count(Metric::log_lines_total, line.level);
    if (line.event == "jwks_fetched") metrics->set(Metric::jwks_last_success_timestamp_seconds, 0, metrics::unix_now_ns());
    audit->note(line);
    changes->note(line);
    try {
      logger(line);
    } catch (...) { log_to_standard_error(line); }
  };
}

struct ClientFile {
  const char* name;
  std::string_view (*text)();
};

/// What is served at /_dialogue/ besides client.js itself.
constexpr std::array kClientFiles = {
    ClientFile{"client.js.br", client_script_br},
    ClientFile{"client.js.gz", client_script_gz},
    ClientFile{"validator.js", client_validator_script},
    ClientFile{"validator.js.br", client_validator_script_br},
    ClientFile{"validator.js.gz", client_validator_script_gz},
    ClientFile{"history.js", client_history_script},
    ClientFile{"history.js.br", client_history_script_br},
    ClientFile{"history.js.gz", client_history_script_gz},
    ClientFile{"outbox.js", client_outbox_script},
    ClientFile{"outbox.js.br", client_outbox_script_br},
    ClientFile{"outbox.js.gz", client_outbox_script_gz},
    ClientFile{"fallback.js", client_fallback_script},
    ClientFile{"fallback.js.br", client_fallback_script_br},
    ClientFile{"fallback.js.gz", client_fallback_script_gz},
    ClientFile{"renewal.js", client_renewal_script},
    ClientFile{"renewal.js.br", client_renewal_script_br},
    ClientFile{"renewal.js.gz", client_renewal_script_gz},
    ClientFile{"extra.js", client_extra_script},
    ClientFile{"extra.js.br", client_extra_script_br},
    ClientFile{"extra.js.gz", client_extra_script_gz},
    ClientFile{"calls.js", client_calls_script},
    ClientFile{"calls.js.br", client_calls_script_br},
    ClientFile{"calls.js.gz", client_calls_script_gz},
    ClientFile{"servers.js", client_servers_script},
    ClientFile{"servers.js.br", client_servers_script_br},
    ClientFile{"servers.js.gz", client_servers_script_gz},
    ClientFile{"debug.js", client_debug_script},
    ClientFile{"debug.js.br", client_debug_script_br},
    ClientFile{"debug.js.gz", client_debug_script_gz},
    ClientFile{"bytes.js", client_bytes_script},
    ClientFile{"bytes.js.br", client_bytes_script_br},
    ClientFile{"bytes.js.gz", client_bytes_script_gz},
    ClientFile{"push.js", client_push_script},
    ClientFile{"push.js.br", client_push_script_br},
    ClientFile{"push.js.gz", client_push_script_gz},
    ClientFile{"presence.js", client_presence_script},
    ClientFile{"presence.js.br", client_presence_script_br},
    ClientFile{"presence.js.gz", client_presence_script_gz},
    ClientFile{"recorder.js", client_recorder_script},
    ClientFile{"recorder.js.br", client_recorder_script_br},
    ClientFile{"recorder.js.gz", client_recorder_script_gz},
    ClientFile{"traces.js", client_traces_script},
    ClientFile{"traces.js.br", client_traces_script_br},
    ClientFile{"traces.js.gz", client_traces_script_gz},
    ClientFile{"devtools.js", client_devtools_script},
    ClientFile{"devtools.js.br", client_devtools_script_br},
    ClientFile{"devtools.js.gz", client_devtools_script_gz},
};

/// The files that are served at /_dialogue/ if the dashboard is on.
constexpr std::array kDashboardFiles = {
    ClientFile{"index.html", dashboard_html},         ClientFile{"index.html.br", dashboard_html_br},
    ClientFile{"index.html.gz", dashboard_html_gz},   ClientFile{"dashboard.js", dashboard_js},
    ClientFile{"dashboard.js.br", dashboard_js_br},   ClientFile{"dashboard.js.gz", dashboard_js_gz},
    ClientFile{"dashboard.css", dashboard_css},       ClientFile{"dashboard.css.br", dashboard_css_br},
    ClientFile{"dashboard.css.gz", dashboard_css_gz},
};

void add_dashboard(const Config& config, host::ServerConfig& server) {
  if (!config.dashboard) return;
  for (const ClientFile& file : kDashboardFiles) server.client_modules.insert_or_assign(file.name, std::string(file.text()));
}

/// Sets the library's own client, unless the configuration has another one.
void add_client(const Config& config, host::ServerConfig& server) {
  if (!config.serves_client) return;
  server.client_js = config.client_script;
  server.client_modules = config.client_modules;
  if (!server.client_js.empty()) return;
  server.client_js = client_script();
  for (const ClientFile& file : kClientFiles) server.client_modules.emplace(file.name, file.text());
}

/// Parses an address that check_settings() has accepted. An empty text is an address without a host.
ListenAddress listen_address(const std::string& text) {
  if (text.starts_with(net::kUnixScheme)) return {text};
  return parse_listen_address(text).value_or(ListenAddress{});
}

struct NamedAddress {
  const char* member;
  const ListenAddress& address;
  const std::string& text;
};

/// Throws SetupError if two settings name the same address: otherwise the server would report that another program listens on it.
void refuse_shared_addresses(const Config& config, const host::ServerConfig& server) {
  const NamedAddress named[] = {{"listen", server.listen, config.listen},
                                {"metrics_listen", server.metrics_listen, config.metrics_listen},
                                {"admin_listen", server.admin_listen, config.admin_listen},
                                {"tcp_listen", server.tcp_listen, config.tcp_listen}};
  for (const NamedAddress& each : named)
    for (const NamedAddress& other : named) {
      if (&other == &each) break;
      if (is_shared(each.address, other.address))
        throw SetupError(each.member, "\"" + each.text + "\" conflicts with \"" + other.text + "\"",
                         "Choose another port than in `" + std::string(other.member) + "`.");
    }
}

/// 0: unlimited. What is not of the cgroup's share is for what the kernel counts beside the process.
std::uint64_t memory_bytes_max(const Config& config) {
  constexpr std::uint64_t kCgroupShareMax = 80, kPercent = 100;
  if (config.memory_max) return std::uint64_t{*config.memory_max} << 20;
  return ops::cgroup_memory_bytes().value_or(0) / kPercent * kCgroupShareMax;
}

/// Adds the proxies in settings that check_settings() has accepted.
void add_proxies(const Config& config, host::ServerConfig& server) {
  for (const std::string& text : config.proxy) {
    auto target = std::get<proxy::ProxyTarget>(proxy::parse_proxy(text));
    const proxy::ProxyLimits limits;
    server.path_body_bytes_max = std::max(server.path_body_bytes_max, limits.body_bytes_max);
    const std::string prefix = target.prefix;
    server.paths.push_back({.path = prefix,
                            .handler = std::make_shared<proxy::ProxyHandler>(std::move(target), limits),
                            .endpoint = http::Endpoint::proxy,
                            .is_counted_apart = true});
  }
}

bool has_authenticator(const Config& config) { return config.authenticator || config.async_authenticator; }

/// In small letters.
std::vector<std::string> auth_fields(const Config& config) {
  if (!config.auth_fields.empty() && !has_authenticator(config))
    throw SetupError("auth_fields", "nothing reads them without an authenticator", "Set `authenticator`, or remove them.");
  if (!config.auth_cookie.empty() && !has_authenticator(config) && !config.auth.is_set())
    throw SetupError("auth_cookie", "no key can check the token in it", "Configure keys, such as `auth.keys`.");
  std::vector<std::string> names;
  for (const std::string& name : config.auth_fields) {
    if (!http::is_token(name))
      throw SetupError("auth_fields", "\"" + name + "\" is not the name of a field", "Write, for example, cookie.");
    names.push_back(lower_case(name));
  }
  return names;
}

transport::SocketioLimits socketio_limits(const Config& config) {
  const Config usual;
  transport::SocketioLimits limits;
  if (config.socketio_echo) limits = transport::socketio_echo_limits();
  const auto set = [&](auto& limit, auto Config::*setting) {
    if (!config.socketio_echo || config.*setting != usual.*setting) limit = config.*setting;
  };
  limits.is_served = config.serves_socketio;
  set(limits.connect_timeout_ms, &Config::socketio_connect_timeout_ms);
  set(limits.engine.ping_interval_ms, &Config::socketio_ping_interval_ms);
  set(limits.engine.ping_timeout_ms, &Config::socketio_ping_timeout_ms);
  set(limits.engine.payload_bytes_max, &Config::socketio_max_payload);
  return limits;
}

}  // namespace

api::ApiKeySet api_key_set(const std::vector<std::string>& lines) {
  auto made = api::ApiKeySet::of(lines);
  if (auto* fault = std::get_if<std::string>(&made))
    throw SetupError("api_keys", std::move(*fault), "A line is KEY, or NAME SCOPES KEY. Make a key with: openssl rand -hex 32");
  return std::get<api::ApiKeySet>(std::move(made));
}

RateLimit api_key_limit(const Config& config) {
  constexpr std::uint64_t kMinuteMs = 60'000;
  return {config.api_key_requests, kMinuteMs};
}

host::ServerConfig make_server_config(const Config& config) {
  host::ServerConfig server;
  server.shard.definitions = config.definitions;
  server.shard.catalogue_bytes = catalogue_of(config.definitions);
  if (config.async_authenticator)
    server.identify = config.async_authenticator;
  else if (config.authenticator || !config.auth.is_set())
    server.identify = core::source_of(config.authenticator ? config.authenticator : core::development_authenticator(config.dev));
  server.shard.limits = config.limits;
  server.sse.retry_ms = config.stream_retry_ms;
  server.listen = listen_address(config.listen);
  server.listen_descriptor = config.listen_descriptor;
  server.shard_count = config.shards;
  server.coalesce_time = std::chrono::microseconds(config.coalesce_us);
  server.static_directory = config.static_directory;
  server.rereads_static_files = config.rereads_static_files;
  add_client(config, server);
  add_dashboard(config, server);
  server.allowed_origins = config.allow_origin;
  server.allows_loopback_origins = config.allow_loopback_origins;
  for (const std::string& text : config.trusted_proxy) server.trusted_proxies.push_back(net::AddressRange::parse(text).value());
  server.expects_proxy_header = config.proxy_protocol;
  add_proxies(config, server);
  if (config.proxy_protocol && config.trusted_proxy.empty())
    throw SetupError("proxy_protocol", "no trusted proxy is configured", "Name the proxies' addresses in `trusted_proxy`.");
  server.auth_cookie = config.auth_cookie;
  server.auth_fields = auth_fields(config);
  server.address_limits.connections_max = config.connections_per_address;
  server.memory_bytes_max = memory_bytes_max(config);
  if (!config.record.empty()) server.recording = replay::RecordingOptions{config.record_bytes, config.record_payloads, {}};
  server.address_limits.requests.max_events = config.http_requests;
  server.address_limits.messages.max_events = config.http_messages;
  server.address_limits.handshakes.max_events = config.handshakes;
  server.address_limits.logins.max_events = config.failed_logins;
  server.api.version = DIALOGUE_VERSION;
  server.api.started_ms = start_time_ms();
  server.api.keys = std::make_shared<api::ApiKeyRing>(api_key_limit(config), api_key_set(config.api_keys));
  server.shared_metrics = config.shared_metrics;
  server.metrics = [complete = metric_completion(config.store)](metrics::Reading reading,
                                                                std::string_view accept) -> http::MetricsAnswer {
    const ops::MetricsFormat format = ops::metrics_format(accept);
    complete(reading);
    return {ops::content_type(format), ops::metrics_text(reading, format)};
  };
  server.shows_metrics_on_loopback = !has_authenticator(config) && !config.auth.is_set();
  server.metrics_listen = listen_address(config.metrics_listen);
  server.admin_listen = listen_address(config.admin_listen);
  server.tcp_listen = listen_address(config.tcp_listen);
  refuse_shared_addresses(config, server);
  server.tcp.connections_max = config.tcp_connections_max;
  server.http2.streams_max = config.http2_streams_max;
  server.socketio = socketio_limits(config);
  if (config.content_security_policy) server.content_security_policy = *config.content_security_policy;
  server.drain_pause_ms = config.drain_pause_ms;
  server.drain_ms = config.drain_ms;
  server.drain_rate = config.drain_rate;
  server.drain_delay_ms = config.drain_delay_ms;
  server.http.keep_alive_timeout_ms = config.http_keep_alive_ms;
  server.http.header_timeout_ms = config.handshake_timeout_ms;
  server.drain_timeout_ms = config.drain_timeout_ms;
  server.log = config.logger;
  server.make_memory_store = [](std::uint64_t seed) { return std::make_unique<store::MemoryStore>(seed); };
  server.store = config.store;
  server.on_failure = [log = config.logger, tell = config.on_failure](const std::string& reason) {
    log(core::log_message(LogLevel::error, "store_failed", reason));
    try {
      if (tell) tell(reason);
    } catch (...) { log(core::log_message(LogLevel::error, "callback_threw", "on_failure threw")); }
  };
  return server;
}

namespace {

/// "websocket", "sse" and so on, with commas between.
std::string channel_names() {
  std::string names;
  for (const std::string_view channel : kChannels) names.append(names.empty() ? "\"" : ", \"").append(channel) += '"';
  return names;
}

}  // namespace

void refuse_contradictions(const Config& config) {
  check_settings(config);
  for (const RoomDefinition& room : config.definitions.rooms)
    for (const std::string& channel : room.channels)
      if (!is_channel(channel))
        throw SetupError("definitions", "no transport serves \"" + channel + "\", a channel of the room \"" + room.id + "\"",
                         "Name one or more of " + channel_names() + ", or no channels.");
  if (config.authenticator && config.async_authenticator)
    throw SetupError("async_authenticator", "an authenticator is set as well, which replaces it", "Keep one of them.");
  if (config.dev && (has_authenticator(config) || config.auth.is_set()))
    throw SetupError("dev",
                     std::string(has_authenticator(config) ? "an authenticator is" : "tokens or `auth.anonymous` are") +
                         " set as well, and only one policy can apply",
                     "Keep one of them.");
  if (config.tls_cert.empty() != config.tls_key.empty())
    throw SetupError("tls_cert and tls_key", "only one of the certificate and its key is set", "Give both.");
  if (has_authenticator(config) && config.auth.is_set())
    throw SetupError("auth", "an authenticator is set as well, which replaces it", "Keep one of them.");
  refuse_bad_webhooks(config);
  refuse_bad_push(config);
  refuse_bad_traces(config);
  if (config.auth.jwks.size() > auth::kJwksSourcesMax)
    throw SetupError("auth.jwks", "there are " + std::to_string(config.auth.jwks.size()) + " JWKS URLs",
                     "Give " + std::to_string(auth::kJwksSourcesMax) + " at most.");
  if (auto fault = auth::fault_in_realms(config.auth))
    throw SetupError("auth.policy.realms", std::move(*fault), "See \"Several providers\" in docs/guides/authentication.md.");
}

Instance create_dialogue(Config config) {
  refuse_contradictions(config);
  if (!config.record.empty())
    if (const std::string fault = fault_of_replacing(config.record); !fault.empty())
      throw SetupError("record", fault, "Name a file in a directory that this user may write to.");
  if (!config.shared_metrics) config.shared_metrics = std::make_shared<metrics::SharedCells>();
  config.shared_metrics->set(metrics::Metric::config_last_reload_successful, 0, 1);
  config.shared_metrics->set(metrics::Metric::config_last_reload_timestamp_seconds, 0, metrics::unix_now_ns());
  auto audit = std::make_shared<AuditSlot>();
  auto changes = std::make_shared<ChangeSlot>();
  config.logger = guarded_logger(std::move(config.logger), config.shared_metrics, audit, changes);
  static_cast<void>(make_server_config(config));  // so that its faults come now, not from listen()
  return Instance(std::make_unique<InstanceState>(std::move(config), std::move(audit), std::move(changes)));
}

}  // namespace dialogue
