// The table of settings, and what each of them accepts.
#include "server/app/settings/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <dialogue/config.hpp>

#include "server/app/settings/hook_settings.hpp"
#include "server/embed/listen_address.hpp"
#include "server/http/request/client_address.hpp"
#include "server/http/request/origin.hpp"
#include "server/http_client/http_url.hpp"
#include "server/net/unix_socket_file.hpp"
#include "server/ops/log_sink.hpp"
#include "server/store/factory/open_store.hpp"
#include "server/trace/context/sampler.hpp"
#include "server/trace/otlp/otlp_exporter.hpp"
#include "shared/base/shown_url.hpp"

namespace dialogue::app {
namespace {

using Checked = std::optional<SettingError>;

// In logs and answers, too: a URL without what it may keep secret.
std::string quoted(const std::string& text) { return "\"" + shown_url(text) + "\""; }

/// The same of what should be a URL and perhaps lacks its scheme.
std::string quoted_url(const std::string& text) {
  if (text.find("://") != std::string::npos) return quoted(text);
  const std::string shown = text.substr(0, text.find('?'));
  return quoted(shown.find('@') == std::string::npos ? shown : "***" + shown.substr(shown.rfind('@')));
}

Checked check_number(const std::string& text, std::uint32_t least, std::uint32_t most) {
  std::uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault == std::errc{} && end == text.data() + text.size() && number >= least && number <= most) return {};
  return SettingError{quoted(text) + " is not a whole number from " + std::to_string(least) + " to " + std::to_string(most),
                      "Write digits only."};
}

Checked check_shards(const std::string& text) { return check_number(text, 1, kShardsMax); }
Checked check_payload(const std::string& text) { return check_number(text, 1'000, 10'000'000); }
Checked check_connections(const std::string& text) { return check_number(text, 1, 10'000'000); }
Checked check_connections_of_one(const std::string& text) { return check_number(text, 0, 10'000'000); }
Checked check_streams(const std::string& text) { return check_number(text, 0, 10'000); }
Checked check_memory(const std::string& text) { return check_number(text, 0, 16'777'216); }
Checked check_record_bytes(const std::string& text) { return check_number(text, 1'048'576, 4'294'967'295); }
Checked check_per_minute(const std::string& text) { return check_number(text, 0, 1'000'000); }
Checked check_coalesce(const std::string& text) { return check_number(text, 0, kCoalesceUsMax); }
Checked check_days(const std::string& text) { return check_number(text, 0, 36'500); }
Checked check_receipts(const std::string& text) { return check_number(text, 0, 3'600); }
Checked check_drain(const std::string& text) { return check_number(text, 0, 600'000); }
Checked check_handshake_timeout(const std::string& text) { return check_number(text, 500, 600'000); }
Checked check_silence(const std::string& text) { return check_number(text, 1'000, 600'000); }
Checked check_retry(const std::string& text) { return check_number(text, 100, 600'000); }
Checked check_keep_alive(const std::string& text) { return check_number(text, 1'000, 3'600'000); }

Checked check_hook_timeout(const std::string& text) {
  return check_number(text, webhooks::kHookTimeoutMsMin, webhooks::kHookTimeoutMsMax);
}

Checked check_listen(const std::string& text) {
  if (parse_listen_address(text)) return {};
  return SettingError{quoted(text) + " is not HOST:PORT", "Write for example 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080."};
}

Checked check_admin_listen(const std::string& text) {
  if (!text.starts_with(net::kUnixScheme)) {
    if (parse_listen_address(text)) return {};
    return SettingError{quoted(text) + " is neither HOST:PORT nor unix:PATH", "Write for example 127.0.0.1:9464."};
  }
  const std::size_t bytes = text.size() - net::kUnixScheme.size();
  if (bytes > 0 && bytes <= net::kUnixPathBytesMax) return {};
  return SettingError{quoted(text) + " has no path of 1 to " + std::to_string(net::kUnixPathBytesMax) + " bytes",
                      "Write for example unix:/run/dialogue/admin.sock."};
}

Checked check_store(const std::string& text) {
  try {
    static_cast<void>(store::parse_store_address(text));
    return {};
  } catch (const store::StoreError& error) {
    return SettingError{quoted(text) + ": " + error.fault().substr(0, error.fault().find_last_not_of('.') + 1), error.advice()};
  }
}

Checked check_log(const std::string& text) {
  if (ops::parse_log_format(text)) return {};
  return SettingError{quoted(text) + " is not a log format", "Write json or pretty."};
}

Checked check_log_level(const std::string& text) {
  if (ops::parse_log_level(text)) return {};
  return SettingError{quoted(text) + " is not a log level", "Write debug, info, warn or error."};
}

Checked check_origin(const std::string& text) {
  if (http::is_origin(text)) return {};
  return SettingError{quoted(text) + " is not an origin",
                      "Write scheme, host and port only, as in https://example.com, or * for any."};
}

Checked check_range(const std::string& text) {
  if (net::AddressRange::parse(text)) return {};
  return SettingError{quoted(text) + " is not an address or a range of addresses",
                      "Write for example 10.0.0.7, 10.0.0.0/8 or fd00::/8."};
}

Checked check_url(const std::string& text, const char* example) {
  if (http_client::parse_http_url(text)) return {};
  return SettingError{quoted_url(text) + " is not an http or https URL", std::string("Write for example ") + example};
}

Checked check_otlp(const std::string& text) {
  if (trace::traces_url(text)) return {};
  return SettingError{quoted_url(text) + " is not an http or https URL without a query",
                      "Write for example http://127.0.0.1:4318."};
}

Checked check_ratio(const std::string& text) {
  if (trace::parse_ratio(text)) return {};
  return SettingError{quoted(text) + " is not a number from 0 to 1", "Write for example 0.05, for one trace of twenty."};
}

Checked check_policy(const std::string& text) {
  const auto is_plain = [](char c) { return c >= ' ' && c < '\x7f'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) return {};
  return SettingError{quoted(text) + " is not a policy", "Write it on one line of ASCII, or none."};
}

Checked check_jwks(const std::string& text) {
  return check_url(auth::jwks_source(text).url, "https://id.example.com/jwks.json, or ISSUER=URL.");
}
Checked check_hooks_url(const std::string& text) { return check_url(text, "https://app.example.com/hooks."); }

const std::array kSettings = {
    Setting{"app", "FILE", "what is compiled in", "The JSON file with the definitions.", &ServeSettings::app},
    Setting{"listen", "HOST:PORT", "127.0.0.1:8080", "The address to listen on; port 0 picks a free port.",
            &ServeSettings::listen, check_listen},
    Setting{"tls-cert", "FILE", "none, plain HTTP",
            "A PEM certificate with its chain; enables https and wss. Reloaded on SIGHUP.", &ServeSettings::tls_certificate},
    Setting{"tls-key", "FILE", "none", "The certificate's private key, a PEM file without a pass phrase.",
            &ServeSettings::tls_key},
    Setting{"store", "URL", "sqlite:./dialogue.db", "Where room logs are stored: sqlite:PATH, or memory: until the server stops.",
            &ServeSettings::store, check_store},
    Setting{"static", "DIR", "none", "A directory whose files are served at /, at most 256 MiB, held in memory.",
            &ServeSettings::static_directory},
    Setting{"dashboard", "", "off",
            "Serve the dashboard at /_dialogue/; it asks for an API key. `dialogue dev` always serves it.",
            &ServeSettings::dashboard},
    Setting{"content-security-policy", "POLICY", "what the client needs",
            "The Content-Security-Policy header of .html files; none omits the header.", &ServeSettings::content_security_policy,
            check_policy},
    Setting{"allow-origin", "ORIGIN", "the server's own", "Also accept pages of this origin; repeatable.",
            &ServeSettings::allowed_origins, check_origin},
    Setting{"auth-key", "FILE", "none", "Check tokens with the keys in this file (PEM, JWK, JWKS or a secret); repeatable.",
            &ServeSettings::key_files},
    Setting{"auth-hs256-env", "NAME", "none", "Check tokens by HS256 with the secret in the environment variable NAME.",
            &ServeSettings::secret_variable},
    Setting{"auth-jwks", "URL", "none",
            "Check tokens with the keys that this URL publishes, refetched as they change; ISSUER=URL limits them to that "
            "issuer. Up to 8.",
            &ServeSettings::jwks, check_jwks},
    Setting{"auth-issuer", "TEXT", "any", "Accept tokens with this issuer (claim iss) only; repeatable.",
            &ServeSettings::issuers},
    Setting{"auth-audience", "TEXT", "none", "Accept tokens for this audience (claim aud) only; repeatable.",
            &ServeSettings::audiences},
    Setting{"auth-anonymous", "", "off", "Admit unauthenticated clients as guests with a random id.", &ServeSettings::anonymous},
    Setting{"dev", "", "off", "Accept development identities from any address, not from this machine only.", &ServeSettings::dev},
    Setting{"shards", "N", "one per core", "Threads that serve connections, 1 to 256.", &ServeSettings::shards, check_shards},
    Setting{"coalesce-us", "US", "1000", "Coalescing window in µs for busy in-memory shards; 0 disables.",
            &ServeSettings::coalesce_us, check_coalesce},
    Setting{"connections-max", "N", "10000", "Maximum connections of the server; more are refused with server_full.",
            &ServeSettings::connections_max, check_connections},
    Setting{"connections-per-address", "N", "1000",
            "Maximum connections of one address (IPv6: one /64); 0 disables. Loopback is exempt.",
            &ServeSettings::connections_per_address_max, check_connections_of_one},
    Setting{"connections-per-user", "N", "100",
            "Maximum connections of one user; more are refused with too_many_connections. 0 disables.",
            &ServeSettings::connections_per_user_max, check_connections_of_one},
    Setting{"memory-max", "MIB", "80 % of the cgroup's limit, if it has one",
            "Above this much memory, in MiB, new WebSockets and HTTP publications are refused (503); existing connections stay. "
            "0 disables.",
            &ServeSettings::memory_max, check_memory},
    Setting{"trusted-proxy", "RANGE", "none",
            "Trust X-Forwarded-For and X-Forwarded-Proto from these addresses, such as 10.0.0.0/8; repeatable.",
            &ServeSettings::trusted_proxies, check_range},
    Setting{"proxy-protocol", "", "off",
            "Require a PROXY header on each connection from the trusted proxies; refuse other connections.",
            &ServeSettings::proxy_protocol},
    Setting{"api-key-file", "FILE", "none",
            "Keys for the HTTP API, one a line: NAME SCOPES KEY, or a KEY of at least 32 characters with all rights. Scopes, "
            "comma-separated: publish, read, rooms, users, observe, operate, admin. Repeatable.",
            &ServeSettings::api_key_files},
    Setting{"api-key-env", "NAME", "none", "The same for keys in this environment variable; repeatable.",
            &ServeSettings::api_key_variables},
    Setting{"api-key-requests", "N", "6000", "Requests per minute with API keys of one name; 0 disables. Loopback is exempt.",
            &ServeSettings::api_key_requests, check_per_minute},
    Setting{"http-requests", "N", "100",
            "Requests per minute to the HTTP API without an API key from one address; 0 disables. Loopback is exempt.",
            &ServeSettings::http_requests, check_per_minute},
    Setting{"http-messages", "N", "30", "The same for requests that publish; a batch counts once.", &ServeSettings::http_messages,
            check_per_minute},
    Setting{"http-keep-alive-ms", "MS", "75000",
            "Idle timeout of HTTP connections, 1000 to 3600000; set it above the timeout of a proxy in front.",
            &ServeSettings::http_keep_alive_ms, check_keep_alive},
    Setting{"handshake-timeout-ms", "MS", "5000",
            "Time limit for the request head of a new connection, WebSocket handshakes included, 500 to 600000.",
            &ServeSettings::handshake_timeout_ms, check_handshake_timeout},
    Setting{"hello-timeout-ms", "MS", "10000",
            "Time limit for a WebSocket to authenticate, including token issuers and hooks, 1000 to 600000.",
            &ServeSettings::hello_timeout_ms, check_silence},
    Setting{"ping-interval-ms", "MS", "25000",
            "Silence of the server after which it pings a client, 1000 to 600000; clients learn it when they connect.",
            &ServeSettings::ping_interval_ms, check_silence},
    Setting{"ping-timeout-ms", "MS", "8000",
            "Time limit for the reply to a ping before the connection counts as lost, 1000 to 600000.",
            &ServeSettings::ping_timeout_ms, check_silence},
    Setting{"stream-heartbeat-ms", "MS", "15000",
            "Silence on a push stream after which a heartbeat is sent, 1000 to 600000; set it below the idle timeout of proxies.",
            &ServeSettings::stream_heartbeat_ms, check_silence},
    Setting{"stream-retry-ms", "MS", "3000", "Time after which EventSource reconnects to a push stream, 100 to 600000.",
            &ServeSettings::stream_retry_ms, check_retry},
    Setting{"metrics-listen", "HOST:PORT", "none",
            "A second address that serves /metrics, /health and /ready over plain HTTP without a key.",
            &ServeSettings::metrics_listen, check_listen},
    Setting{"admin-listen", "ADDRESS", "none",
            "A second address that serves the HTTP API too: HOST:PORT, or unix:PATH for a Unix socket (mode 0660). The API needs "
            "its keys, /metrics none.",
            &ServeSettings::admin_listen, check_admin_listen},
    Setting{"statsd", "HOST:PORT", "none", "A StatsD server with DogStatsD's tags that receives all metrics over UDP.",
            &ServeSettings::statsd, check_listen},
    Setting{"statsd-interval-ms", "MS", "10000", "Time between two reports to --statsd, 100 to 600000.",
            &ServeSettings::statsd_interval_ms, check_retry},
    Setting{
        "otlp-endpoint", "URL", "none",
        "The base URL of a receiver of OpenTelemetry's OTLP over HTTP, to which traces of publications, the HTTP API and hooks "
        "are sent.",
        &ServeSettings::otlp_endpoint, check_otlp},
    Setting{"otlp-headers-file", "FILE", "none", "A file with header fields for --otlp-endpoint, such as its key, one a line.",
            &ServeSettings::otlp_headers_file},
    Setting{"otlp-headers-env", "NAME", "none",
            "The same in this environment variable; NAME=VALUE,NAME=VALUE as in OTEL_EXPORTER_OTLP_HEADERS is read, too.",
            &ServeSettings::otlp_headers_variable},
    Setting{"trace-sample", "R", "0.01",
            "The share of traces begun here that is sent, 0 to 1; a caller's traceparent decides for its own, and server errors "
            "are always sent.",
            &ServeSettings::trace_sample, check_ratio},
    Setting{"tcp-listen", "HOST:PORT", "none",
            "An address for plain TCP connections that speak the protocol, one frame per line; TLS with --tls-cert.",
            &ServeSettings::tcp_listen, check_listen},
    Setting{"tcp-connections-max", "N", "10000", "Maximum TCP connections of --tcp-listen; more are refused with server_full.",
            &ServeSettings::tcp_connections_max, check_connections},
    Setting{
        "http2-streams-max", "N", "100",
        "Maximum requests and push streams at once on one HTTP/2 connection (with --tls-cert), 0 to 10000; 0 disables HTTP/2.",
        &ServeSettings::http2_streams_max, check_streams},
    Setting{"socketio-ping-interval-ms", "MS", "25000",
            "Time from a Socket.IO client's pong to its next ping, 100 to 600000; clients learn it when they connect.",
            &ServeSettings::socketio_ping_interval_ms, check_retry},
    Setting{"socketio-ping-timeout-ms", "MS", "20000",
            "Time limit for a Socket.IO client's pong before its session ends, 100 to 600000.",
            &ServeSettings::socketio_ping_timeout_ms, check_retry},
    Setting{"socketio-connect-timeout-ms", "MS", "45000",
            "Time limit for a Socket.IO client to connect to a namespace, 100 to 600000.",
            &ServeSettings::socketio_connect_timeout_ms, check_retry},
    Setting{"socketio-max-payload", "BYTES", "100000",
            "Maximum size of a Socket.IO client's WebSocket message or POST request, 1000 to 10000000 (maxPayload).",
            &ServeSettings::socketio_max_payload, check_payload},
    Setting{"socketio-echo", "", "off",
            "Serve the reference behaviour of the Socket.IO and Engine.IO protocol documents instead of rooms, to test clients. "
            "Where they are not set, pings, their time limit and that to connect are 300, 200 and 1000 ms.",
            &ServeSettings::socketio_echo},
    Setting{"handshakes", "N", "1000",
            "WebSockets that one address may start per minute, and as many TLS handshakes; 0 disables. Loopback is exempt.",
            &ServeSettings::handshakes, check_per_minute},
    Setting{"failed-logins", "N", "10",
            "Invalid tokens and keys per minute from one address or on one connection; more are answered rate_limited, while "
            "valid ones still pass on other connections. 0 disables.",
            &ServeSettings::failed_logins, check_per_minute},
    Setting{"hooks-url", "URL", "none", "Send signed requests about what users do to a backend at this URL.",
            &ServeSettings::hooks_url, check_hooks_url},
    Setting{"hooks-secret-file", "FILE", "none", "A file with the secret that signs hook requests, at least 32 characters.",
            &ServeSettings::hooks_secret_file},
    Setting{"hooks-secret-env", "NAME", "none", "The same in this environment variable.", &ServeSettings::hooks_secret_variable},
    Setting{"hooks-verbs", "LIST", "none",
            "Questions (connect, join, publish) and notices (leave, disconnect) to send, such as join,publish. Required with "
            "--hooks-url.",
            &ServeSettings::hooks_verbs, check_hook_verbs},
    Setting{"hooks-rooms", "LIST", "all", "The rooms that hooks apply to: ids and patterns, such as staff,game-{id}.",
            &ServeSettings::hooks_rooms},
    Setting{"hooks-timeout-ms", "MS", "2000", "Time limit for an answer, 50 to 60000; for connect at most 8000.",
            &ServeSettings::hooks_timeout_ms, check_hook_timeout},
    Setting{"hooks-fail", "POLICY", "none",
            "The verdict without an answer: open allows, closed refuses and lets clients retry. Required with --hooks-url.",
            &ServeSettings::hooks_fail, check_hook_failure},
    Setting{"drain-rate", "N", "1000", "At shutdown, assign at most N clients per second a time to reconnect; 0: any number.",
            &ServeSettings::drain_rate, check_per_minute},
    Setting{"drain-ms", "MS", "1000", "Spread the clients' reconnects over at least this time.", &ServeSettings::drain_ms,
            check_drain},
    Setting{"drain-pause-ms", "MS", "1000", "Time before the first reconnect: as long as a restart takes.",
            &ServeSettings::drain_pause_ms, check_drain},
    Setting{"drain-timeout-ms", "MS", "7000", "Time limit for clients to take their goodbye and close.",
            &ServeSettings::drain_timeout_ms, check_drain},
    Setting{"drain-delay-ms", "MS", "0",
            "Before the drain, keep serving for this time while /ready answers 503, so that load balancers notice.",
            &ServeSettings::drain_delay_ms, check_drain},
    Setting{"audit", "FILE", "off",
            "Record administrative calls, sign-ins and refusals in this file, in a signed chain that `dialogue audit` reads.",
            &ServeSettings::audit},
    Setting{"audit-key", "FILE", "the audit's path and -key", "The private Ed25519 key that signs the audit; made if missing.",
            &ServeSettings::audit_key},
    Setting{"audit-keep-days", "N", "0", "Remove older records of the audit, 1 to 36500 days; 0 keeps all.",
            &ServeSettings::audit_keep_days, check_days},
    Setting{"receipts", "S", "0",
            "Note in the audit, every S seconds (1 to 3600) and when a user leaves, who received each durable room's log up to "
            "which position; 0 notes nothing.",
            &ServeSettings::receipts, check_receipts},
    Setting{"record", "FILE", "off", "Write the newest inputs to this file at the end and on SIGUSR1, for `dialogue replay`.",
            &ServeSettings::record},
    Setting{"record-bytes", "N", "67108864", "Memory for --record, at least 1048576.", &ServeSettings::record_bytes,
            check_record_bytes},
    Setting{"record-payloads", "", "off", "Record payloads unmasked.", &ServeSettings::record_payloads},
    Setting{"core-dumps", "", "off", "Allow core files after a crash; they contain tokens and messages.",
            &ServeSettings::core_dumps},
    Setting{"log", "FORMAT", "pretty on a terminal, else json", "The format of log lines on standard output: json or pretty.",
            &ServeSettings::log, check_log},
    Setting{"log-level", "LEVEL", "info", "The lowest log level to write: debug, info, warn or error.", &ServeSettings::log_level,
            check_log_level},
};

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::span<const Setting> settings_table() { return kSettings; }

std::string environment_name(std::string_view setting_name) {
  std::string name = "DIALOGUE_";
  for (const char c : setting_name) name += c == '-' ? '_' : upper(c);
  return name;
}

std::string file_key(std::string_view setting_name) {
  std::string key;
  for (std::size_t i = 0; i < setting_name.size(); ++i)
    key += setting_name[i] == '-' ? upper(setting_name[++i]) : setting_name[i];
  return key;
}

}  // namespace dialogue::app
