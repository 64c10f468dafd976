// The table of Config's settings: a new one is a member of Config and a row here.
#include "server/embed/settings/config_settings.hpp"

#include <array>
#include <dialogue/setup_error.hpp>

#include "server/embed/settings/setting_checks.hpp"
#include "server/trace/context/sampler.hpp"

namespace dialogue {

/// "ISSUER=URL", or "URL".
template <>
struct SettingValue<std::vector<JwksSource>> {
  static constexpr SettingKind kKind = SettingKind::list;
  static SettingTexts read(const std::vector<JwksSource>& value) {
    SettingTexts texts;
    for (const JwksSource& each : value) texts.push_back(each.issuer.empty() ? each.url : each.issuer + "=" + each.url);
    return texts;
  }
  static void write(std::vector<JwksSource>& value, const SettingTexts& texts) {
    value.clear();
    for (const std::string& text : texts) value.push_back(auth::jwks_source(text));
  }
};

/// "ISSUER=PREFIX".
template <>
struct SettingValue<std::vector<Realm>> {
  static constexpr SettingKind kKind = SettingKind::list;
  static SettingTexts read(const std::vector<Realm>& value) {
    SettingTexts texts;
    for (const Realm& each : value) texts.push_back(each.issuer + "=" + each.prefix);
    return texts;
  }
  static void write(std::vector<Realm>& value, const SettingTexts& texts) {
    value.clear();
    for (const std::string& text : texts) value.push_back(auth::realm_of(text));
  }
};

template <>
struct SettingValue<std::vector<HookVerb>> {
  static constexpr SettingKind kKind = SettingKind::list;
  static SettingTexts read(const std::vector<HookVerb>& value) {
    SettingTexts texts;
    for (const HookVerb each : value) texts.emplace_back(core::hook_verb_name(each));
    return texts;
  }
  static void write(std::vector<HookVerb>& value, const SettingTexts& texts) {
    value.clear();
    for (const std::string& text : texts) value.push_back(webhooks::hook_verb_of(text).value());
  }
};

template <>
struct SettingValue<std::optional<HookFailure>> {
  static constexpr SettingKind kKind = SettingKind::text;
  static SettingTexts read(const std::optional<HookFailure>& value) {
    return value ? SettingTexts{*value == HookFailure::open ? "open" : "closed"} : SettingTexts{};
  }
  static void write(std::optional<HookFailure>& value, const SettingTexts& texts) {
    value = texts.back() == "open" ? HookFailure::open : HookFailure::closed;
  }
};

/// A header field that can be left out: "none" is the empty one.
template <>
struct SettingValue<std::optional<std::string>> {
  static constexpr SettingKind kKind = SettingKind::text;
  static SettingTexts read(const std::optional<std::string>& value) {
    return value ? SettingTexts{value->empty() ? "none" : *value} : SettingTexts{};
  }
  static void write(std::optional<std::string>& value, const SettingTexts& texts) {
    value = texts.back() == "none" ? std::string() : texts.back();
  }
};

template <>
struct SettingValue<double> {
  static constexpr SettingKind kKind = SettingKind::text;
  static SettingTexts read(double value) {
    std::array<char, 32> text;
    return {std::string(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr)};
  }
  static void write(double& value, const SettingTexts& texts) { value = trace::parse_ratio(texts.back()).value_or(value); }
};

namespace {

using Row = Setting<Config>;

constexpr SettingChange kHot = SettingChange::hot, kRestart = SettingChange::restart;
constexpr std::uint64_t kShardsMax = 256;

constexpr Accepts kAny;

const std::array kConfigSettings = {
    Row{"listen", "HOST:PORT", kAt<&Config::listen>, check_listen, kRestart,
        "The address to listen on; port 0 picks a free port."},
    Row{"tls-cert", "FILE", kAt<&Config::tls_cert>, kAny, kHot,
        "A PEM certificate with its chain; enables https and wss. Reloaded on SIGHUP.", "none, plain HTTP"},
    Row{"tls-key", "FILE", kAt<&Config::tls_key>, kAny, kHot, "The certificate's private key, a PEM file without a pass phrase."},
    Row{"static", "DIR", kAt<&Config::static_directory>, kAny, kRestart,
        "A directory whose files are served at /. It is held in memory, at most 256 MiB. `dialogue dev` reads files at each "
        "request.",
        "", "static_directory"},
    Row{"dashboard", "", kAt<&Config::dashboard>, kAny, kRestart,
        "Serve the dashboard at /_dialogue/; it asks for an API key. `dialogue dev` always serves it."},
    Row{"content-security-policy", "POLICY", kAt<&Config::content_security_policy>, check_policy, kRestart,
        "The Content-Security-Policy header of .html files; `none` omits the header.", "permits the client"},
    Row{"allow-origin", "ORIGIN", kAt<&Config::allow_origin>, check_origin, kHot, "Also accept pages of this origin; repeatable.",
        "the server's own"},
    Row{"auth-jwks", "URL", kAt<&Config::auth, &TokenSettings::jwks>, check_jwks, kHot,
        "Check tokens with the keys that this URL publishes, refetched as they change; ISSUER=URL limits them to that issuer. Up "
        "to 8.",
        "", "auth.jwks"},
    Row{"auth-issuer", "TEXT", kAt<&Config::auth, &TokenSettings::policy, &TokenPolicy::issuers>, kAny, kHot,
        "Accept only tokens with this issuer (claim iss); repeatable.", "any", "auth.policy.issuers"},
    Row{"auth-realm", "TEXT", kAt<&Config::auth, &TokenSettings::policy, &TokenPolicy::realms>, check_realm, kHot,
        "ISSUER=PREFIX: user ids and roles of this issuer's tokens get the prefix, apart from those of other issuers; "
        "repeatable.",
        "", "auth.policy.realms"},
    Row{"auth-audience", "TEXT", kAt<&Config::auth, &TokenSettings::policy, &TokenPolicy::audiences>, kAny, kHot,
        "Accept only tokens for this audience (claim aud); repeatable.", "", "auth.policy.audiences"},
    Row{"auth-cookie", "NAME", kAt<&Config::auth_cookie>, check_cookie_name, kRestart,
        "Take a connection's token from this cookie if the client sends none. Only for pages whose origin may connect."},
    Row{"auth-anonymous", "", kAt<&Config::auth, &TokenSettings::anonymous>, kAny, kHot,
        "Admit unauthenticated clients as guests with a random id.", "", "auth.anonymous"},
    Row{"dev", "", kAt<&Config::dev>, kAny, kRestart,
        "Accept development identities from any address instead of only from this machine."},
    Row{"shards", "N", kAt<&Config::shards>, Accepts(1, kShardsMax), kRestart, "Threads that serve connections, 1 to 256.",
        "one per core"},
    Row{"coalesce-us", "US", kAt<&Config::coalesce_us>, Accepts(0, kCoalesceUsMax), kRestart,
        "Coalescing window in µs for busy in-memory shards; 0 disables."},
    Row{"connections-max", "N", kAt<&Config::limits, &ShardLimits::connections_max>, Accepts(1, 10'000'000), kHot,
        "Maximum connections of the server; further ones are rejected with server_full.", "", "limits.connections_max"},
    Row{"connections-per-address", "N", kAt<&Config::connections_per_address>, Accepts(0, 10'000'000), kHot,
        "Maximum connections of one address (IPv6: one /64); 0 disables. Loopback is exempt."},
    Row{"connections-per-user", "N", kAt<&Config::limits, &ShardLimits::connections_per_user>, Accepts(0, 10'000'000), kHot,
        "Maximum connections of one user; further ones are rejected with too_many_connections. 0 disables.", "",
        "limits.connections_per_user"},
    Row{"memory-max", "MIB", kAt<&Config::memory_max>, Accepts(0, 16'777'216), kHot,
        "Memory limit in MiB. Above it, new WebSockets and HTTP publications are rejected (503); existing connections stay. 0 "
        "disables.",
        "80 % of the cgroup's limit, if it has one"},
    Row{"proxy", "PREFIX=URL", kAt<&Config::proxy>, check_proxy, kRestart,
        "Pass requests below this path on to a backend, so that both have one origin; repeatable."},
    Row{"trusted-proxy", "RANGE", kAt<&Config::trusted_proxy>, check_range, kRestart,
        "Trust X-Forwarded-For and X-Forwarded-Proto from these addresses, such as 10.0.0.0/8; repeatable."},
    Row{"proxy-protocol", "", kAt<&Config::proxy_protocol>, kAny, kRestart,
        "Require a PROXY header on each connection from the trusted proxies; refuse other connections."},
    Row{"api-key-requests", "N", kAt<&Config::api_key_requests>, Accepts(0, 1'000'000), kHot,
        "Requests per minute with API keys of one name; 0 disables. Loopback is exempt."},
    Row{"http-requests", "N", kAt<&Config::http_requests>, Accepts(0, 1'000'000), kHot,
        "Requests per minute to the HTTP API without an API key from one address; 0 disables. Loopback is exempt."},
    Row{"http-messages", "N", kAt<&Config::http_messages>, Accepts(0, 1'000'000), kHot,
        "Requests per minute that publish, without an API key from one address; a batch counts once. 0 disables."},
    Row{"http-keep-alive-ms", "MS", kAt<&Config::http_keep_alive_ms>, Accepts(1'000, 3'600'000), kRestart,
        "Idle timeout of HTTP connections, 1000 to 3600000; set it above the timeout of a proxy in front."},
    Row{"handshake-timeout-ms", "MS", kAt<&Config::handshake_timeout_ms>, Accepts(500, 600'000), kRestart,
        "Time limit for the request head of a new connection, WebSocket handshakes included, 500 to 600000."},
    Row{"hello-timeout-ms", "MS", kAt<&Config::limits, &ShardLimits::hello_timeout_ms>, Accepts(1'000, 600'000), kRestart,
        "Time limit for a WebSocket to authenticate, including token issuers and hooks, 1000 to 600000.", "",
        "limits.hello_timeout_ms"},
    Row{"ping-interval-ms", "MS", kAt<&Config::limits, &ShardLimits::ping_interval_ms>, Accepts(1'000, 600'000), kRestart,
        "Idle time after which the server pings a client, 1000 to 600000; clients receive it when they connect.", "",
        "limits.ping_interval_ms"},
    Row{"ping-timeout-ms", "MS", kAt<&Config::limits, &ShardLimits::ping_timeout_ms>, Accepts(1'000, 600'000), kRestart,
        "Time limit for the reply to a ping before the connection counts as lost, 1000 to 600000.", "", "limits.ping_timeout_ms"},
    Row{"stream-heartbeat-ms", "MS", kAt<&Config::limits, &ShardLimits::stream_heartbeat_ms>, Accepts(1'000, 600'000), kRestart,
        "Idle time on a streamed response after which a heartbeat is sent, 1000 to 600000; set it below the idle timeout of "
        "proxies. A client's stream is pinged after --ping-interval-ms where that is less.",
        "", "limits.stream_heartbeat_ms"},
    Row{"stream-retry-ms", "MS", kAt<&Config::stream_retry_ms>, Accepts(100, 600'000), kRestart,
        "Time after which EventSource reconnects to a push stream, 100 to 600000."},
    Row{"metrics-listen", "HOST:PORT", kAt<&Config::metrics_listen>, check_listen, kRestart,
        "A second address that serves /metrics, /health and /ready over plain HTTP without a key."},
    Row{"admin-listen", "ADDRESS", kAt<&Config::admin_listen>, check_admin_listen, kRestart,
        "A second address that serves /metrics, /health, /ready and the HTTP API: HOST:PORT, or unix:PATH for a Unix socket "
        "(mode 0660). Only the API requires a key."},
    Row{"statsd", "HOST:PORT", kAt<&Config::statsd>, check_listen, kRestart,
        "A StatsD server that receives all metrics over UDP, with DogStatsD tags."},
    Row{"statsd-interval-ms", "MS", kAt<&Config::statsd_interval_ms>, Accepts(100, 600'000), kRestart,
        "Time between two reports to --statsd, 100 to 600000."},
    Row{"otlp-endpoint", "URL", kAt<&Config::otlp_endpoint>, check_otlp_endpoint, kRestart,
        "The base URL of an OTLP/HTTP receiver (OpenTelemetry) for traces of publications, the HTTP API and hooks."},
    Row{"trace-sample", "R", kAt<&Config::trace_sample>, check_ratio, kHot,
        "The share of traces started here that is sent, 0 to 1. Callers that send traceparent make their own decision; server "
        "errors are always sent."},
    Row{"tcp-listen", "HOST:PORT", kAt<&Config::tcp_listen>, check_listen, kRestart,
        "An address for plain TCP connections that speak the protocol, one frame per line; TLS with --tls-cert."},
    Row{"tcp-connections-max", "N", kAt<&Config::tcp_connections_max>, Accepts(1, 10'000'000), kRestart,
        "Maximum TCP connections of --tcp-listen; further ones are rejected with server_full."},
    Row{"http2-streams-max", "N", kAt<&Config::http2_streams_max>, Accepts(0, 10'000), kRestart,
        "Maximum concurrent HTTP/2 streams per connection, including push streams, 0 to 10000; 0 disables HTTP/2. Requires "
        "--tls-cert."},
    Row{"socketio-ping-interval-ms", "MS", kAt<&Config::socketio_ping_interval_ms>, Accepts(100, 600'000), kRestart,
        "Time from a Socket.IO client's pong to its next ping, 100 to 600000; clients receive it when they connect."},
    Row{"socketio-ping-timeout-ms", "MS", kAt<&Config::socketio_ping_timeout_ms>, Accepts(100, 600'000), kRestart,
        "Time limit for a Socket.IO client's pong before its session ends, 100 to 600000."},
    Row{"socketio-connect-timeout-ms", "MS", kAt<&Config::socketio_connect_timeout_ms>, Accepts(100, 600'000), kRestart,
        "Time limit for a Socket.IO client to connect to a namespace, 100 to 600000."},
    Row{"socketio-max-payload", "BYTES", kAt<&Config::socketio_max_payload>, Accepts(1'000, 10'000'000), kRestart,
        "Maximum size of a Socket.IO client's WebSocket message or POST request, 1000 to 10000000 (maxPayload)."},
    Row{"socketio-echo", "", kAt<&Config::socketio_echo>, kAny, kRestart,
        "Serve the reference behaviour of the Socket.IO and Engine.IO protocol documents instead of rooms, to test clients. The "
        "defaults of ping interval, ping timeout and connect timeout are then 300, 200 and 1000 ms."},
    Row{"handshakes", "N", kAt<&Config::handshakes>, Accepts(0, 1'000'000), kHot,
        "WebSocket handshakes per minute from one address, and as many TLS handshakes; 0 disables. Loopback is exempt."},
    Row{"failed-logins", "N", kAt<&Config::failed_logins>, Accepts(0, 1'000'000), kHot,
        "Invalid tokens and keys per minute from one address or on one connection; further ones are answered rate_limited, while "
        "valid ones are still accepted on other connections. 0 disables."},
    Row{"hooks-url", "URL", kAt<&Config::hooks, &WebhookSettings::url>, check_hooks_url, kRestart,
        "URL of the backend that receives signed hook requests.", "", "hooks.url"},
    Row{"hooks-verbs", "LIST", kAt<&Config::hooks, &WebhookSettings::verbs>, check_hook_verb, kRestart,
        "Questions (connect, join, publish), calls of clients (call) and notices (leave, disconnect) to send, such as "
        "join,publish. Required with "
        "--hooks-url.",
        "", "hooks.verbs"},
    Row{"hooks-rooms", "LIST", kAt<&Config::hooks, &WebhookSettings::rooms>, kAny, kRestart,
        "The rooms that hooks apply to: ids and patterns, such as staff,game-{id}.", "all", "hooks.rooms"},
    Row{"hooks-timeout-ms", "MS", kAt<&Config::hooks, &WebhookSettings::timeout_ms>,
        Accepts(webhooks::kHookTimeoutMsMin, webhooks::kHookTimeoutMsMax), kRestart,
        "Time limit for the backend's response, 50 to 60000; for connect at most 8000.", "", "hooks.timeout_ms"},
    Row{"hooks-fail", "POLICY", kAt<&Config::hooks, &WebhookSettings::fail>, check_hook_failure, kRestart,
        "Policy when the backend fails: open allows, closed denies with a retryable error. Required with --hooks-url.", "",
        "hooks.fail"},
    Row{"push-vapid", "FILE", kAt<&Config::push, &PushSettings::vapid>, kAny, kRestart,
        "The private key that signs notifications (Web Push), as `dialogue keys --vapid` makes it. Repeatable: the first one is "
        "for "
        "new subscriptions, further ones for older subscriptions.",
        "no notifications", "push.vapid"},
    Row{"push-subject", "CONTACT", kAt<&Config::push, &PushSettings::subject>, check_push_subject, kRestart,
        "How push services can reach you: mailto:ADDRESS or an https URL. Required with --push-vapid.", "", "push.subject"},
    Row{"push-host", "HOST", kAt<&Config::push, &PushSettings::host>, check_push_host, kRestart,
        "Also send to push services on this host, such as push.example.com or *.example.com, or, for tests, on an origin of this "
        "machine, such as http://127.0.0.1:9000. Repeatable.",
        "those of the browsers", "push.host"},
    Row{"drain-rate", "N", kAt<&Config::drain_rate>, Accepts(0, 1'000'000), kRestart,
        "At shutdown, assign at most N clients per second a time to reconnect; 0: any number."},
    Row{"drain-ms", "MS", kAt<&Config::drain_ms>, Accepts(0, 600'000), kRestart,
        "Minimum time over which clients' reconnects are spread."},
    Row{"drain-pause-ms", "MS", kAt<&Config::drain_pause_ms>, Accepts(0, 600'000), kRestart,
        "Time before the first client reconnects; set it to the duration of a restart."},
    Row{"drain-timeout-ms", "MS", kAt<&Config::drain_timeout_ms>, Accepts(0, 600'000), kRestart,
        "Time limit for clients to disconnect."},
    Row{"drain-delay-ms", "MS", kAt<&Config::drain_delay_ms>, Accepts(0, 600'000), kRestart,
        "Delay before the drain. /ready returns 503 so that load balancers can react."},
    Row{"audit", "FILE", kAt<&Config::audit>, kAny, kRestart,
        "Record administrative calls, sign-ins and refusals in this file, in a signed chain that `dialogue audit` reads.", "off"},
    Row{"audit-key", "FILE", kAt<&Config::audit_key>, kAny, kRestart,
        "The private Ed25519 key that signs the audit; created if missing.", "the audit's path and -key"},
    Row{"audit-keep-days", "N", kAt<&Config::audit_keep_days>, Accepts(0, 36'500), kRestart,
        "Audit retention in days, 1 to 36500; deletions are signed. 0 keeps everything."},
    Row{"receipts", "S", kAt<&Config::receipts>, Accepts(0, 3'600), kRestart,
        "Interval in seconds, 1 to 3600, at which the audit records the position that each user has received in each durable "
        "room. It is also recorded when a user leaves. 0 disables."},
    Row{"record", "FILE", kAt<&Config::record>, kAny, kRestart,
        "Flight recorder file. The newest inputs are kept in memory and written on exit and on SIGUSR1, for `dialogue replay`.",
        "off"},
    Row{"record-bytes", "N", kAt<&Config::record_bytes>, Accepts(1'048'576, 4'294'967'295), kRestart,
        "Memory for --record in bytes, at least 1048576."},
    Row{"record-payloads", "", kAt<&Config::record_payloads>, kAny, kRestart, "Record payloads unmasked."},
};

}  // namespace

std::span<const Setting<Config>> config_settings() { return kConfigSettings; }

void check_settings(const Config& config) {
  const Config usual;
  for (const Row& row : kConfigSettings) {
    const SettingTexts texts = row.access.read(config);
    if (texts == row.access.read(usual)) continue;
    for (const std::string& text : texts)
      if (auto fault = fault_of_value(row.access.kind, row.accepts, text))
        throw SetupError(member_name(row.name, row.member), fault->problem, fault->advice);
  }
}

void copy_hot_settings(Config& to, const Config& from) {
  for (const Row& row : kConfigSettings)
    if (row.change == kHot) row.access.copy(to, from);
  to.auth.keys = from.auth.keys;
  to.api_keys = from.api_keys;
  to.hooks.secret = from.hooks.secret;
  to.otlp_headers = from.otlp_headers;
}

}  // namespace dialogue
