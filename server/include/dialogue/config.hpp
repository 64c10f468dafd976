// The settings of an instance. A plain value: fill in what differs from the defaults and hand it to
// create_dialogue.
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
#include "server/store/guarded_store.hpp"
#include "server/store/store.hpp"
#include "server/webhooks/webhook_settings.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

using auth::JwksSource, auth::Key, auth::KeyAlgorithm, auth::KeyOrigin, auth::KeySet, auth::TokenPolicy, auth::TokenSettings,
    auth::read_keys;
using core::AuthResult, core::Authenticator, core::Credentials, core::HookVerb, core::IdentitySource, core::LogLevel,
    core::LogLine, core::PeerFacts, core::Refusal, core::ShardLimits;
using metrics::MetricSample, metrics::MetricSink;
using store::Store, store::kStoreTimeoutMs;
using webhooks::HookFailure, webhooks::WebhookSettings;

inline constexpr std::uint32_t kCoalesceUsMax = 10'000;
inline constexpr std::size_t kTriggerBytesMax = 64 * 1024 * 1024;

struct Config {
  /// Events and rooms: what define_app(...) returns, or definitions_from_json / definitions_from_file.
  Definitions definitions;
  /// "HOST:PORT", HOST an IP address (IPv6 in brackets) or localhost, port 0 for any free one. Empty: no socket of its own;
  /// connections come from adopt() only.
  std::string listen = "127.0.0.1:8080";
  /// A TCP socket that listens already, which the instance takes over in place of one for `listen`, such as that of a service
  /// manager; `listen` is then its address. -1: none.
  int listen_descriptor = -1;
  /// PEM files: the certificate followed by those that lead to its issuer, and its private key without a pass phrase. With both,
  /// `listen` speaks TLS (https, wss) and nothing else; instance.reload_certificate() reads them again.
  std::string tls_certificate, tls_key;
  /// Threads that serve connections, each with a loop of its own. 0: one per core.
  std::uint32_t shards = 0;
  /// A directory whose files are served at "/". Read once, by listen(). Empty: none.
  std::string static_directory;
  /// Serve the browser client at /_dialogue/client.js: the one that was built into this library, unless the next two say another.
  /// Otherwise, and where the library was built without it, that path answers 404.
  bool serves_client = true;
  /// The text of /_dialogue/client.js; empty: the library's own.
  std::string client_script;
  /// What that script loads when it needs it, by name: the text of /_dialogue/validator.js, for pages that publish, history.js,
  /// for those that read it, outbox.js, for an outbox that survives a reload, fallback.js, for networks that break WebSocket,
  /// renewal.js, for proxies that end connections at an age, debug.js, for the client's option `debug`, and recorder.js.
  /// "NAME.br" and "NAME.gz" are NAME, client.js included, compressed: they go to browsers that take them.
  std::map<std::string, std::string> client_modules;
  /// Serve the dashboard at /_dialogue/, which asks /api/v1 with the viewer's API key. Not with a library that was built without
  /// the browser client.
  bool serves_dashboard = false;
  /// Origins whose pages may connect besides the server's own, as "https://example.com[:port]"; "*": any.
  std::vector<std::string> allowed_origins;
  /// Pages of this machine may connect as well, whatever their port: for development, on a loopback address only.
  bool allow_loopback_origins = false;
  /// Proxies whose word about their clients counts (X-Forwarded-For, X-Forwarded-Proto): addresses or ranges, as "10.0.0.0/8".
  std::vector<std::string> trusted_proxies;
  /// Those proxies begin each connection with a PROXY header, version 1 or 2; connections of others are refused.
  bool proxy_protocol = false;
  /// Connections of one address (IPv6: one /64) at once; 0: unbounded. This machine's own are not counted.
  std::uint32_t connections_per_address_max = 1000;
  /// Where a shard's rooms in memory take more than 4,000 publications a second, messages may wait so long for each other, so
  /// that one wake-up serves several; microseconds, at most kCoalesceUsMax. 0: none ever waits, and none is looked out for
  /// (docs/guides/server.md).
  std::uint32_t coalesce_us = 1000;
  /// Resident memory of the process in MiB; over it no new WebSocket is taken, and who is there is kept. 0: no bound.
  std::uint32_t memory_mib_max = 0;
  /// HTTP requests of one address in a minute, and publications among them, where they bring no API key; 0: any number. Health,
  /// readiness and files are not counted, nor is this machine.
  std::uint32_t http_requests_per_minute = 100, http_messages_per_minute = 30;
  /// How long a kept HTTP connection may wait for its next request: longer than a proxy keeps its own.
  std::uint64_t http_keep_alive_ms = 75'000;
  /// How long a new connection may take for the head of its request, HTTP's or that of a WebSocket.
  std::uint64_t handshake_timeout_ms = 5'000;
  /// Requests in a minute of the API keys of one name, from whatever address; 0: any number. This machine's are not counted.
  std::uint32_t api_key_requests_per_minute = 6000;
  /// WebSockets that one address may begin in a minute, and TLS handshakes; 0: any number. This machine's own are not counted.
  std::uint32_t handshakes_per_minute = 1000;
  /// Tokens and keys of one address that may be wrong in a minute, wherever they come; what is beyond is answered `rate_limited`,
  /// and a good one is always let in. One connection has as many. 0: any number.
  std::uint32_t failed_logins_per_minute = 10;
  /// With which a backend may use /api/v1 (docs/guides/http-api.md), each as "NAME SCOPE,SCOPE SECRET", or a secret of at least
  /// 32 characters alone for one that may do everything. None: nobody may.
  std::vector<std::string> api_keys;
  /// "HOST:PORT" of a second listener, plain HTTP, which shows /metrics, /health and /ready to everybody who reaches it. Empty:
  /// none; figures are then for API keys with the scope `read`.
  std::string metrics_listen;
  /// The same with the HTTP API, which needs its keys here, too: "HOST:PORT", or "unix:PATH" for a Unix socket that its owner and
  /// group may use. Empty: none.
  std::string admin_listen;
  /// "HOST:PORT" of a listener for connections over plain TCP that speak docs/protocol.md, one frame per line; over TLS where
  /// there is a certificate. Empty: none.
  std::string tcp_listen;
  /// How many such connections there may be at once, of all addresses; one more is refused with `server_full`.
  std::size_t tcp_connections_max = 10'000;
  /// Requests at once, push streams among them, on one HTTP/2 connection, of which there are those that a browser's tabs share;
  /// 0: no HTTP/2. Only over TLS.
  std::uint32_t http2_streams_max = 100;
  /// The Content-Security-Policy of .html files; absent: one that allows what the server's own client needs; empty: none.
  std::optional<std::string> content_security_policy;
  /// How tokens are checked: keys, what tokens must say, and whether guests may come without one. See read_keys().
  TokenSettings tokens;
  /// Who a connection is, instead of `tokens`. Without both: development identities, believed under the loopback rule
  /// (docs/guides/server.md). Called on shard threads, several at once; must not block.
  Authenticator authenticator;
  /// The same for an authenticator that takes its time, such as a look-up in a database: what async_authenticator(coroutine) of
  /// <dialogue/async.hpp> makes, or a function that keeps `done` and calls it once, from any thread. Asked as each connection
  /// begins, with no more than 10 s to answer (limits.hello_timeout_ms); called on shard threads, several at once; must not
  /// block.
  IdentitySource async_authenticator;
  /// Believe development identities from anywhere. Only without tokens and authenticator, never in production.
  bool development_identities_anywhere = false;
  /// A backend that is asked, by HTTP, about what users do (docs/guides/hooks.md). Without a url: none.
  WebhookSettings webhooks;
  /// Where rooms keep their logs, such as open_store("sqlite:./chat.db"). None: in memory, until the process ends.
  std::shared_ptr<Store> store;
  /// The audit: a file of its own, made where it is not there, that records each administrative call, sign-ins and refusals in a
  /// chain of hashes (docs/guides/audit.md). Empty: none.
  std::string audit_file;
  /// The private Ed25519 key (PEM) that signs it, made where it is not there. Empty: the audit's path and "-key".
  std::string audit_key_file;
  /// Records that are older are taken away; a signature says so. 0: none.
  std::uint64_t audit_keep_ms = 0;
  /// How often, and when a membership ends, the audit notes up to where each user received the log of each durable room. 0:
  /// never.
  std::uint64_t receipts_interval_ms = 0;
  /// How long the store may take for one answer. One that takes longer counts as failed: a line in the log says so, and what
  /// waits is refused. 0: any time.
  std::uint64_t store_timeout_ms = kStoreTimeoutMs;
  /// How many bytes of trigger(), send_to_user() and send_to_session() may be unanswered, each with 512 for itself. One more is
  /// refused at once, with TriggerResult::busy: wait for answers before you go on. 0: any number.
  std::size_t trigger_bytes_max = kTriggerBytesMax;
  /// Called once, on a shard's thread, when the store has failed for good: end the process and start it again. Until then what
  /// would have to be kept is refused. It is logged in any case.
  std::function<void(const std::string& reason)> on_failure;
  /// The flight recorder: what the server is given is kept in memory, the newest of it, and written to this file when it ends,
  /// when it gives up, and by Instance::write_recording(). `dialogue replay FILE` shows what it decided. Empty: nothing is kept.
  std::string record_file;
  /// How much is kept in memory, of all shards together.
  std::size_t record_bytes_max = 64 * 1024 * 1024;
  /// Keep payloads as they are; otherwise their letters become x and their digits 1. Tokens are never kept.
  bool record_payloads = false;
  ShardLimits limits;
  /// After which time EventSource reconnects to a push stream, where nothing else is said. limits.stream_heartbeat_ms is the
  /// longest silence of a stream.
  std::uint64_t stream_retry_ms = 3'000;
  /// Serve Socket.IO clients at /socket.io/ (docs/guides/socketio.md).
  bool serves_socketio = true;
  /// Their heartbeat: from a pong to the next ping, and so long for the pong.
  std::uint64_t socketio_ping_interval_ms = 25'000, socketio_ping_timeout_ms = 20'000;
  /// How long such a client may take to connect to a namespace.
  std::uint64_t socketio_connect_timeout_ms = 45'000;
  /// Bytes of one of their WebSocket messages or POST requests.
  std::size_t socketio_payload_bytes_max = 100'000;
  /// Instead of rooms, what the documents of the two protocols describe tests with, at /socket.io/ and /engine.io/, to try out
  /// clients. Where the four settings above are left as they are, those of the documents apply: 300, 200, 1'000, 1'000'000.
  bool socketio_echo = false;
  /// stop() assigns each client a time to come back. The first is `drain_pause_ms` away, in which a server is started again; the
  /// last comes at the end of an interval of `drain_spread_ms`, or of a longer one where more than `drain_rate` clients would
  /// come in a second (0: any number).
  std::uint64_t drain_pause_ms = 1'000, drain_spread_ms = 1'000, drain_rate = 1'000;
  /// Before that it goes on serving for so long while /ready answers 503, for load balancers to notice.
  std::uint64_t drain_delay_ms = 0;
  /// Where stop() writes which sessions it asked to come back, and the next server how many did (GET /api/v1/drain). Empty: this
  /// is logged, and the next server knows nothing of it.
  std::string drain_file;
  /// So long after the delay stop() waits for the clients to go: half of it for answers to their publications, then they get BYE.
  std::uint64_t drain_timeout_ms = 7'000;
  /// What POST /api/v1/reload does; not set: the API has no settings to read again.
  ReloadSource reload_source;
  /// The settings that the program was started with, for GET /api/v1/settings: a JSON array. Not set: the API has none to show.
  std::function<std::string()> settings_report;
  /// Where the store is, for GET /api/v1/store: without passwords.
  std::string store_address;
  /// "HOST:PORT" of a StatsD server that understands DogStatsD's tags: metrics go there over UDP. HOST is an IP address. Empty:
  /// they do not.
  std::string statsd;
  /// Where metrics go besides (docs/guides/server.md).
  std::vector<std::shared_ptr<metrics::MetricSink>> metric_sinks;
  /// From one delivery to StatsD and sinks to the next.
  std::uint64_t metric_interval_ms = 10'000;
  /// The base URL of a receiver of OTLP over HTTP, as "http://127.0.0.1:4318": traces go there as JSON. Empty: there are none.
  std::string otlp_endpoint;
  /// Header fields for that receiver, such as its key: names and values. They are shown nowhere.
  std::vector<std::pair<std::string, std::string>> otlp_headers;
  /// Which share of the traces that begin here is sent, 0 to 1. Who sends a `traceparent` decides for its own; what fails is
  /// always sent.
  double trace_sample = 0.01;
  /// Where the server counts what belongs to no shard; made by create_dialogue() where it is null. A program that counts log
  /// lines which it lost puts them here, too (metrics::Metric::log_lines_lost_total).
  std::shared_ptr<metrics::SharedCells> shared_metrics;
  /// Gets every log line, on any thread, several at once; must not block. Empty: warnings and errors go to standard error. So do
  /// the lines that it throws at.
  std::function<void(const LogLine&)> logger;
};

/// Definitions from JSON text (docs/guides/definitions.md). `file_name` is for messages. Throws SetupError with one line per
/// fault.
[[nodiscard]] Definitions definitions_from_json(std::string_view text, std::string_view file_name = "app.json");

/// Definitions from a JSON file of at most 16 MiB. Throws SetupError with one line per fault.
[[nodiscard]] Definitions definitions_from_file(const std::string& path);

}  // namespace dialogue
