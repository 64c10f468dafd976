// The settings of an instance. A plain value: set the fields that differ from their defaults and pass it to create_dialogue().
//
//   dialogue::Config config{.definitions = chat_app, .listen = "0.0.0.0:8080", .static_directory = "web"};
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dialogue/reload_result.hpp>
#include <dialogue/setup_error.hpp>
#include "server/auth/token_authority.hpp"
#include "server/core/access/identity.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/messages/actions.hpp"
#include "server/metrics/metric_sink.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/push/push_settings.hpp"
#include "server/store/guard/guarded_store.hpp"
#include "server/store/store.hpp"
#include "server/webhooks/webhook_settings.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

using auth::JwksSource, auth::Key, auth::KeyAlgorithm, auth::KeyOrigin, auth::KeySet, auth::Realm, auth::TokenPolicy,
    auth::TokenSettings, auth::read_keys;
using core::AuthResult, core::Authenticator, core::Credentials, core::HookVerb, core::IdentitySource, core::LogLevel,
    core::LogLine, core::PeerFacts, core::Refusal, core::ShardLimits;
using metrics::MetricSample, metrics::MetricSink;
using push::PushSettings;
using store::Store, store::kStoreTimeoutMs;
using webhooks::HookFailure, webhooks::WebhookSettings;

inline constexpr std::uint32_t kCoalesceUsMax = 10'000;
inline constexpr std::size_t kTriggerBytesMax = 64 * 1024 * 1024;

struct Config {
  /// Events and rooms: the result of define_app(...), definitions_from_json() or definitions_from_file().
  Definitions definitions;
  /// The address to listen on, as "HOST:PORT". HOST is an IP address (IPv6 in brackets) or localhost; port 0 picks a free port.
  /// The address to listen on; empty: the instance has no socket, and connections come from adopt() only.
  std::string listen = "127.0.0.1:8080";
  /// A listening TCP socket, for example from a service manager. The instance uses it instead of opening one for `listen`, which
  /// must be its address, and owns it. -1: none.
  int listen_descriptor = -1;
  /// PEM files: the certificate followed by its issuers' certificates, and its private key without a pass phrase. With both,
  /// `listen` accepts TLS only (https, wss). instance.reload_certificate() reads them again.
  std::string tls_cert, tls_key;
  /// Number of threads that serve connections, each with its own event loop. 0: one per core.
  std::uint32_t shards = 0;
  /// Directory whose files are served at "/". Read once, by listen(). Empty: none.
  std::string static_directory;
  /// Whether to read each of those files at each request instead, so that an edit is visible at the next one. For development: it
  /// blocks the loop while it reads.
  bool rereads_static_files = false;
  /// Whether to serve the browser client at /_dialogue/client.js. By default this is the client that was built into the library;
  /// the next two fields replace it. That path answers 404 when this is false, or when there is neither a built-in client nor a
  /// `client_script`.
  bool serves_client = true;
  /// The text of /_dialogue/client.js. Empty: the built-in client.
  std::string client_script;
  /// Scripts that the client loads on demand, by name under /_dialogue/: validator.js (for pages that publish), history.js
  /// (reading history), outbox.js (an outbox that survives a reload), fallback.js (networks that break WebSocket), renewal.js
  /// (proxies that limit the age of connections), extra.js (calls that few pages make), servers.js (clients of several
  /// servers), calls.js (calls and streams), debug.js (the client's option `debug`) and recorder.js. "NAME.br" and "NAME.gz" are
  /// the compressed forms of NAME, including client.js, for browsers that accept them.
  std::map<std::string, std::string> client_modules;
  /// Whether to serve the dashboard at /_dialogue/. The dashboard calls /api/v1 with the viewer's API key. It is missing from
  /// libraries built without the browser client.
  bool dashboard = false;
  /// Additional origins whose pages may connect, as "https://example.com[:port]"; "*" allows any. The server's own origin is
  /// always allowed.
  std::vector<std::string> allow_origin;
  /// Whether pages served from this machine may connect, from any port. For development on a loopback address only.
  bool allow_loopback_origins = false;
  /// Trusted proxies, as addresses or ranges such as "10.0.0.0/8". Their X-Forwarded-For and X-Forwarded-Proto are used.
  std::vector<std::string> trusted_proxy;
  /// Backends that this server proxies, each as "PREFIX=URL": requests below the prefix are sent to the URL's host with their
  /// path unchanged (docs/guides/behind-a-proxy.md). Paths of the server itself cannot be a prefix.
  std::vector<std::string> proxy;
  /// Whether the trusted proxies start each connection with a PROXY header, version 1 or 2. If true, connections from other
  /// addresses are rejected.
  bool proxy_protocol = false;
  /// Maximum concurrent connections per address (IPv6: per /64). Loopback is exempt. 0: unlimited.
  std::uint32_t connections_per_address = 1000;
  /// Maximum coalescing delay in microseconds for shards with more than 4,000 in-memory publications per second, so that one
  /// wake-up serves several messages (docs/guides/server.md). At most kCoalesceUsMax. 0 disables coalescing.
  std::uint32_t coalesce_us = 1000;
  /// Limit on the resident memory of the process, in MiB. Above this limit new WebSockets are rejected; existing ones stay. 0:
  /// unlimited. Absent: 80 % of the memory limit of the process's cgroup, if it has one.
  std::optional<std::uint32_t> memory_max;
  /// Maximum HTTP requests per minute and address without an API key, and how many of those may publish. Health checks, readiness
  /// checks and files are not counted. Loopback is exempt. 0: unlimited.
  std::uint32_t http_requests = 100, http_messages = 30;
  /// Idle timeout of kept-alive HTTP connections, in milliseconds. Set it above the idle timeout of a proxy in front.
  std::uint64_t http_keep_alive_ms = 75'000;
  /// Time limit in milliseconds for a new connection to send its request head, for HTTP and WebSocket alike.
  std::uint64_t handshake_timeout_ms = 5'000;
  /// Maximum requests per minute with the API keys of one name, from all addresses together. Loopback is exempt. 0: unlimited.
  std::uint32_t api_key_requests = 6000;
  /// Maximum WebSocket handshakes per minute and address, and separately as many TLS handshakes. Loopback is exempt. 0:
  /// unlimited.
  std::uint32_t handshakes = 1000;
  /// Maximum invalid tokens and API keys per minute, per address and per connection. Further ones are answered `rate_limited`;
  /// valid ones from the same address are still admitted. 0: unlimited.
  std::uint32_t failed_logins = 10;
  /// Keys for /api/v1 (docs/guides/http-api.md), each as "NAME SCOPE,SCOPE SECRET", or only a secret of at least 32 characters
  /// for a key with all scopes. Empty: the API accepts no key.
  std::vector<std::string> api_keys;
  /// "HOST:PORT" of a second listener, plain HTTP, that serves /metrics, /health and /ready without a key. Empty: none; metrics
  /// then require an API key with the scope `read`.
  std::string metrics_listen;
  /// Address of a listener that serves those three and the HTTP API: "HOST:PORT", or "unix:PATH" for a Unix socket that its owner
  /// and group may use. The API requires its keys here as well. Empty: none.
  std::string admin_listen;
  /// "HOST:PORT" of a listener for plain TCP connections that speak docs/protocol.md, one frame per line. Uses TLS if there is a
  /// certificate. Empty: none.
  std::string tcp_listen;
  /// Maximum concurrent connections of `tcp_listen`. Further ones are rejected with `server_full`.
  std::size_t tcp_connections_max = 10'000;
  /// Maximum concurrent HTTP/2 streams per connection, including push streams. A browser's tabs share one connection. 0 disables
  /// HTTP/2. Applies over TLS only.
  std::uint32_t http2_streams_max = 100;
  /// The Content-Security-Policy of .html files. Absent: a policy that permits the built-in client. Empty: no header.
  std::optional<std::string> content_security_policy;
  /// How tokens are verified: the keys, the required claims, and whether guests may connect without a token. See read_keys().
  TokenSettings auth;
  /// Function that identifies a connection, instead of `auth`. Without both, the server accepts development identities under
  /// the loopback rule (docs/guides/server.md). Called on shard threads, concurrently; must not block.
  Authenticator authenticator;
  /// Asynchronous form of `authenticator`, for example for a database lookup. Use async_authenticator(coroutine) of
  /// <dialogue/async.hpp>, or a function that keeps `done` and calls it once, from any thread. Called for each new connection on
  /// shard threads, concurrently; must not block. The answer is due within limits.hello_timeout_ms, at most 10 s.
  IdentitySource async_authenticator;
  /// The cookie that holds a connection's token, if the client sends none: for pages that keep it out of reach of their
  /// scripts (HttpOnly). Only for pages whose origin may connect. Not for the HTTP API. Empty: none.
  std::string auth_cookie;
  /// Fields of the request, such as "cookie" or "x-user", that `authenticator` sees in PeerFacts::fields. Of requests over HTTP;
  /// cookies only for pages whose origin may connect. A proxy in front must not pass clients' own fields of these names on.
  std::vector<std::string> auth_fields;
  /// Whether to accept development identities from any address. Requires that neither tokens nor an authenticator is set; never
  /// use it in production.
  bool dev = false;
  /// Backend that receives hook requests over HTTP (docs/guides/hooks.md). Without a url: none.
  WebhookSettings hooks;
  /// Notifications to users who are away (docs/guides/notifications.md). Without a key: none.
  PushSettings push;
  /// Store for the rooms' logs, such as open_store("sqlite:./chat.db"). Null: in memory, until the process ends.
  std::shared_ptr<Store> store;
  /// Whether other servers share `store`, which makes them the nodes of one cluster (docs/guides/cluster.md): rooms have their
  /// members, places and events in common, and every room's log is in the store. Requires a store that notifies of what other
  /// servers write, such as PostgreSQL.
  bool cluster = false;
  /// Audit file, created if missing. It records administrative calls, sign-ins and rejections in a chain of hashes
  /// (docs/guides/audit.md). Empty: none.
  std::string audit;
  /// Private Ed25519 key (PEM) that signs the audit, created if missing. Empty: the audit's path followed by "-key".
  std::string audit_key;
  /// Audit retention in days; deletions are signed. 0 keeps everything.
  std::uint32_t audit_keep_days = 0;
  /// Interval in seconds at which the audit records the position that each user has received in each durable room. It is also
  /// recorded when a membership ends. 0: never.
  std::uint32_t receipts = 0;
  /// Time limit in milliseconds for the store. A read that takes longer is answered as busy. When no write was answered for this
  /// long, or one not for ten times as long, the store counts as failed. Both are logged. Time in which the process was paused
  /// does not count. 0: unlimited.
  std::uint64_t store_timeout_ms = kStoreTimeoutMs;
  /// Maximum bytes of unanswered trigger(), send_to_user() and send_to_session() calls; each counts as 512 bytes plus its
  /// arguments. Further calls are rejected immediately with TriggerResult::busy: wait for answers before calling again. 0:
  /// unlimited.
  std::size_t trigger_bytes_max = kTriggerBytesMax;
  /// Called once, on a shard's thread, when the store has failed permanently: end the process and restart it. Until then
  /// everything that must be stored is rejected. The failure is always logged.
  std::function<void(const std::string& reason)> on_failure;
  /// Flight recorder file. The newest inputs are kept in memory and written on exit, on a fatal error and by
  /// Instance::write_recording(). `dialogue replay FILE` shows the decisions made from them. Empty: nothing is recorded.
  std::string record;
  /// Memory of the flight recorder in bytes, of all shards together.
  std::size_t record_bytes = 64 * 1024 * 1024;
  /// Whether to record payloads unmasked. By default their letters become x and their digits 1. Tokens are never recorded.
  bool record_payloads = false;
  ShardLimits limits;
  /// Delay in milliseconds after which EventSource reconnects to a push stream, unless the server sends another. See
  /// limits.stream_heartbeat_ms for the longest silence of a stream.
  std::uint64_t stream_retry_ms = 3'000;
  /// Whether to serve Socket.IO clients at /socket.io/ (docs/guides/socketio.md).
  bool serves_socketio = true;
  /// Socket.IO heartbeat: ping interval and pong timeout, in milliseconds.
  std::uint64_t socketio_ping_interval_ms = 25'000, socketio_ping_timeout_ms = 20'000;
  /// Time limit in milliseconds for a Socket.IO client to connect to a namespace.
  std::uint64_t socketio_connect_timeout_ms = 45'000;
  /// Maximum bytes of a Socket.IO client's WebSocket message or POST request.
  std::size_t socketio_max_payload = 100'000;
  /// Whether to serve the test behaviour of the Socket.IO and Engine.IO protocol documents at /socket.io/ and /engine.io/ instead
  /// of rooms, for testing clients. Of the four settings above, those with their default value become 300, 200, 1'000 and
  /// 1'000'000.
  bool socketio_echo = false;
  /// At shutdown each client is assigned a time to reconnect. `drain_pause_ms` is the time before the first one: as long as a
  /// restart takes. `drain_ms` is the interval over which they are spread. The interval is extended if more than
  /// `drain_rate` clients per second would reconnect (0: any number).
  std::uint64_t drain_pause_ms = 1'000, drain_ms = 1'000, drain_rate = 1'000;
  /// Delay before the drain. /ready returns 503 so that load balancers can react.
  std::uint64_t drain_delay_ms = 0;
  /// File in which stop() records the sessions that it asks to reconnect. The next server reads it to count those that did (GET
  /// /api/v1/drain). Empty: the counts are logged, and the next server does not have them.
  std::string drain_file;
  /// Drain timeout in milliseconds, counted after the delay. Clients that still wait for answers to their publications receive
  /// BYE after half of it.
  std::uint64_t drain_timeout_ms = 7'000;
  /// Function that POST /api/v1/reload calls. Not set: the API cannot reload settings.
  ReloadSource reload_source;
  /// The settings that the program was started with, as a JSON array for GET /api/v1/settings. Not set: the API does not show
  /// settings.
  std::function<std::string()> settings_report;
  /// The store's address without passwords, for GET /api/v1/store.
  std::string store_address;
  /// "HOST:PORT" of a StatsD server that supports DogStatsD tags. Metrics are sent to it over UDP. HOST is an IP address. Empty:
  /// none.
  std::string statsd;
  /// Additional receivers of metrics (docs/guides/server.md).
  std::vector<std::shared_ptr<metrics::MetricSink>> metric_sinks;
  /// Interval in milliseconds between two deliveries to StatsD and the sinks.
  std::uint64_t statsd_interval_ms = 10'000;
  /// Base URL of an OTLP/HTTP receiver, as "http://127.0.0.1:4318". Traces are sent to it as JSON. Empty: no traces.
  std::string otlp_endpoint;
  /// Header fields for that receiver, such as its key: names and values. They are never shown.
  std::vector<std::pair<std::string, std::string>> otlp_headers;
  /// Share of the traces started here that is sent, 0 to 1. Callers that send `traceparent` make their own sampling decision.
  /// Errors are always sampled.
  double trace_sample = 0.01;
  /// Counters that belong to the whole server and not to a shard. Null: create_dialogue() makes them. A program that drops log
  /// lines counts them here (metrics::Metric::log_lines_lost_total).
  std::shared_ptr<metrics::SharedCells> shared_metrics;
  /// Receives every log line, on any thread, concurrently; must not block. Empty: warnings and errors go to standard error. If
  /// the logger throws, the line is written to standard error.
  std::function<void(const LogLine&)> logger;
};

/// Definitions from JSON text (docs/guides/definitions.md). Messages name the text `file_name`. Throws SetupError with one line
/// per fault.
[[nodiscard]] Definitions definitions_from_json(std::string_view text, std::string_view file_name = "app.json");

/// Definitions from a JSON file of at most 16 MiB. Throws SetupError with one line per fault.
[[nodiscard]] Definitions definitions_from_file(const std::string& path);

}  // namespace dialogue
