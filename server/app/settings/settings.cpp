// The table of settings, and what each of them accepts.
#include "server/app/settings/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <dialogue/config.hpp>

#include "server/app/settings/hook_settings.hpp"
#include "server/http_client/http_url.hpp"
#include "server/embed/listen_address.hpp"
#include "server/net/client_address.hpp"
#include "server/net/origin.hpp"
#include "server/ops/log_sink.hpp"
#include "server/store/factory/open_store.hpp"

namespace dialogue {
namespace {

using Checked = std::optional<SettingError>;

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

Checked check_number(const std::string& text, std::uint32_t least, std::uint32_t most) {
  std::uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault == std::errc{} && end == text.data() + text.size() && number >= least && number <= most) return {};
  return SettingError{quoted(text) + " is not a whole number from " + std::to_string(least) + " to " + std::to_string(most),
                      "Write digits only."};
}

Checked check_shards(const std::string& text) { return check_number(text, 1, kShardsMax); }
Checked check_connections(const std::string& text) { return check_number(text, 1, 10'000'000); }
Checked check_connections_of_one(const std::string& text) { return check_number(text, 0, 10'000'000); }
Checked check_memory(const std::string& text) { return check_number(text, 0, 16'777'216); }
Checked check_record_bytes(const std::string& text) { return check_number(text, 1'048'576, 4'294'967'295); }
Checked check_per_minute(const std::string& text) { return check_number(text, 0, 1'000'000); }
Checked check_coalesce(const std::string& text) { return check_number(text, 0, kCoalesceUsMax); }
Checked check_drain(const std::string& text) { return check_number(text, 0, 600'000); }
Checked check_handshake_timeout(const std::string& text) { return check_number(text, 500, 600'000); }
Checked check_silence(const std::string& text) { return check_number(text, 1'000, 600'000); }
Checked check_keep_alive(const std::string& text) { return check_number(text, 1'000, 3'600'000); }

Checked check_hook_timeout(const std::string& text) { return check_number(text, kHookTimeoutMsMin, kHookTimeoutMsMax); }

Checked check_listen(const std::string& text) {
  if (parse_listen_address(text)) return {};
  return SettingError{quoted(text) + " is not HOST:PORT", "Write for example 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080."};
}

Checked check_store(const std::string& text) {
  try {
    static_cast<void>(parse_store_address(text));
    return {};
  } catch (const StoreError& error) {
    return SettingError{quoted(text) + ": " + error.fault().substr(0, error.fault().find_last_not_of('.') + 1), error.advice()};
  }
}

Checked check_log(const std::string& text) {
  if (parse_log_format(text)) return {};
  return SettingError{quoted(text) + " is not a log format", "Write json or pretty."};
}

Checked check_log_level(const std::string& text) {
  if (parse_log_level(text)) return {};
  return SettingError{quoted(text) + " is not a log level", "Write debug, info, warn or error."};
}

Checked check_origin(const std::string& text) {
  if (is_origin(text)) return {};
  return SettingError{quoted(text) + " is not an origin",
                      "Write scheme, host and port only, as in https://example.com, or * for any."};
}

Checked check_range(const std::string& text) {
  if (AddressRange::parse(text)) return {};
  return SettingError{quoted(text) + " is not an address or a range of addresses",
                      "Write for example 10.0.0.7, 10.0.0.0/8 or fd00::/8."};
}

Checked check_url(const std::string& text, const char* example) {
  if (parse_http_url(text)) return {};
  return SettingError{quoted(text) + " is not an http or https URL", std::string("Write for example ") + example};
}

Checked check_policy(const std::string& text) {
  const auto is_plain = [](char c) { return c >= ' ' && c < '\x7f'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) return {};
  return SettingError{quoted(text) + " is not a policy", "Write it on one line of ASCII, or none."};
}

Checked check_jwks(const std::string& text) {
  return check_url(jwks_source(text).url, "https://id.example.com/jwks.json, or ISSUER=URL.");
}
Checked check_hooks_url(const std::string& text) { return check_url(text, "https://app.example.com/hooks."); }

const std::array kSettings = {
    Setting{"app", "FILE", "what is compiled in", "The JSON file with the definitions.", &ServeSettings::app},
    Setting{"listen", "HOST:PORT", "127.0.0.1:8080", "Where to listen; port 0 takes any free port.", &ServeSettings::listen,
            check_listen},
    Setting{"tls-cert", "FILE", "none, plain HTTP",
            "A PEM certificate with its chain: serve https and wss with it. Read again on SIGHUP.",
            &ServeSettings::tls_certificate},
    Setting{"tls-key", "FILE", "none", "Its private key, a PEM file without a pass phrase.", &ServeSettings::tls_key},
    Setting{"store", "URL", "sqlite:./dialogue.db", "Where room logs are kept: sqlite:PATH, or memory: until the server stops.",
            &ServeSettings::store, check_store},
    Setting{"static", "DIR", "none", "A directory whose files are served at /, at most 256 MiB: they are held in memory.",
            &ServeSettings::static_directory},
    Setting{"content-security-policy", "POLICY", "what the client needs",
            "The Content-Security-Policy that goes with .html files; none sends no such field.",
            &ServeSettings::content_security_policy, check_policy},
    Setting{"allow-origin", "ORIGIN", "the server's own", "Also let pages of this origin connect; may be given more than once.",
            &ServeSettings::allowed_origins, check_origin},
    Setting{"auth-key", "FILE", "none",
            "Check tokens with the keys of this file (PEM, JWK, JWKS or a secret); more than once for more.",
            &ServeSettings::key_files},
    Setting{"auth-hs256-env", "NAME", "none", "Check tokens by HS256 with the secret in the environment variable NAME.",
            &ServeSettings::secret_variable},
    Setting{
        "auth-jwks", "URL", "none",
        "Check tokens with the keys that this URL publishes, fetched again as they change; as ISSUER=URL those of that issuer "
        "alone. Up to 8.",
        &ServeSettings::jwks, check_jwks},
    Setting{"auth-issuer", "TEXT", "any", "Tokens must be issued by this: their claim iss; may be given more than once.",
            &ServeSettings::issuers},
    Setting{"auth-audience", "TEXT", "none", "Tokens must be for this: their claim aud; may be given more than once.",
            &ServeSettings::audiences},
    Setting{"auth-anonymous", "", "off", "Let in who has no token, as a guest with a name of chance.", &ServeSettings::anonymous},
    Setting{"dev", "", "off", "Believe development identities from anywhere, not from this machine only.", &ServeSettings::dev},
    Setting{"shards", "N", "one per core", "Threads that serve connections, 1 to 256.", &ServeSettings::shards, check_shards},
    Setting{"coalesce-us", "US", "1000",
            "How long messages wait for each other where a shard's rooms in memory take over 4,000 a second; 0 for not at all.",
            &ServeSettings::coalesce_us, check_coalesce},
    Setting{"connections-max", "N", "10000",
            "Connections at once, rounded up to a multiple of the shards; more are refused with server_full.",
            &ServeSettings::connections_max, check_connections},
    Setting{"connections-per-address", "N", "1000",
            "Connections of one address at once (IPv6: one /64); 0 for any number. This machine's own are not counted.",
            &ServeSettings::connections_per_address_max, check_connections_of_one},
    Setting{"connections-per-user", "N", "100",
            "Connections of one user at once; more are refused with too_many_connections. 0 for any number.",
            &ServeSettings::connections_per_user_max, check_connections_of_one},
    Setting{"memory-max", "MIB", "80 % of the cgroup's limit, if it has one",
            "Over this much memory, in MiB, no new WebSockets and HTTP publications are taken (503); who is connected stays. 0 "
            "for no bound.",
            &ServeSettings::memory_max, check_memory},
    Setting{"trusted-proxy", "RANGE", "none",
            "Believe X-Forwarded-For and X-Forwarded-Proto of these addresses, as 10.0.0.0/8; may be given more than once.",
            &ServeSettings::trusted_proxies, check_range},
    Setting{"proxy-protocol", "", "off", "The trusted proxies begin each connection with a PROXY header; others are refused.",
            &ServeSettings::proxy_protocol},
    Setting{
        "api-key-file", "FILE", "none",
        "Let backends with these keys use the HTTP API: a line is NAME SCOPES KEY, or a KEY of 32 characters or more that may do "
        "everything. Scopes, by commas: publish, read, rooms, users, admin. May be given more than once.",
        &ServeSettings::api_key_files},
    Setting{"api-key-env", "NAME", "none", "The same for keys in this environment variable; may be given more than once.",
            &ServeSettings::api_key_variables},
    Setting{"api-key-requests", "N", "6000",
            "Requests with API keys of one name in a minute; 0 for any number. This machine's own are not counted.",
            &ServeSettings::api_key_requests, check_per_minute},
    Setting{"http-requests", "N", "100",
            "Requests to the HTTP API without an API key from one address in a minute; 0 for any number. This machine's own are "
            "not counted.",
            &ServeSettings::http_requests, check_per_minute},
    Setting{"http-messages", "N", "30", "The same of those that publish; a batch is one.", &ServeSettings::http_messages,
            check_per_minute},
    Setting{"http-keep-alive-ms", "MS", "75000",
            "How long a kept HTTP connection may be idle, 1000 to 3600000: longer than a proxy in front keeps its own.",
            &ServeSettings::http_keep_alive_ms, check_keep_alive},
    Setting{"handshake-timeout-ms", "MS", "5000",
            "How long a new connection may take for the head of its request, 500 to 600000: what begins a WebSocket, too.",
            &ServeSettings::handshake_timeout_ms, check_handshake_timeout},
    Setting{"hello-timeout-ms", "MS", "10000",
            "How long a WebSocket may take to say who it is, the answers of tokens' issuers and hooks included, 1000 to 600000.",
            &ServeSettings::hello_timeout_ms, check_silence},
    Setting{"ping-interval-ms", "MS", "25000",
            "After so long without a word a client is asked for one, 1000 to 600000; clients learn it when they connect.",
            &ServeSettings::ping_interval_ms, check_silence},
    Setting{"ping-timeout-ms", "MS", "8000",
            "How long it may take to answer before the connection counts as lost, 1000 to 600000.",
            &ServeSettings::ping_timeout_ms, check_silence},
    Setting{"metrics-listen", "HOST:PORT", "none",
            "Show /metrics, /health and /ready there, by plain HTTP and without a key, to whoever reaches it.",
            &ServeSettings::metrics_listen, check_listen},
    Setting{"handshakes", "N", "1000",
            "WebSockets that one address may begin in a minute, and as many TLS handshakes; 0 for any number. This machine's own "
            "are not counted.",
            &ServeSettings::handshakes, check_per_minute},
    Setting{
        "failed-logins", "N", "10",
        "Wrong tokens and keys of one address, or one connection, in a minute; more are answered rate_limited, while good ones "
        "are still let in on other connections. 0 for any number.",
        &ServeSettings::failed_logins, check_per_minute},
    Setting{"hooks-url", "URL", "none", "Ask and tell a backend about what users do, by signed requests to this URL.",
            &ServeSettings::hooks_url, check_hooks_url},
    Setting{"hooks-secret-file", "FILE", "none", "The secret that signs them, in a file: at least 32 characters.",
            &ServeSettings::hooks_secret_file},
    Setting{"hooks-secret-env", "NAME", "none", "The same in this environment variable.", &ServeSettings::hooks_secret_variable},
    Setting{"hooks-verbs", "LIST", "none",
            "What it is asked (connect, join, publish) and told (leave, disconnect), as join,publish. Needed with --hooks-url.",
            &ServeSettings::hooks_verbs, check_hook_verbs},
    Setting{"hooks-rooms", "LIST", "all", "The rooms that this is about: ids and patterns, as staff,game-{id}.",
            &ServeSettings::hooks_rooms},
    Setting{"hooks-timeout-ms", "MS", "2000", "How long an answer may take, 50 to 60000; to connect at most 8000.",
            &ServeSettings::hooks_timeout_ms, check_hook_timeout},
    Setting{"hooks-fail", "POLICY", "none",
            "What counts when there is no answer: open allows, closed refuses, to be tried again. Needed with --hooks-url.",
            &ServeSettings::hooks_fail, check_hook_failure},
    Setting{"drain-ms", "MS", "2000", "When the server stops, clients are told to come back spread over this time.",
            &ServeSettings::drain_ms, check_drain},
    Setting{"drain-delay-ms", "MS", "0",
            "Before that, go on serving for so long while /ready answers 503, so that load balancers notice.",
            &ServeSettings::drain_delay_ms, check_drain},
    Setting{"record", "FILE", "off", "Write the newest inputs to this file at the end and on SIGUSR1, for `dialogue replay`.",
            &ServeSettings::record},
    Setting{"record-bytes", "N", "67108864", "How much --record keeps in memory, at least 1048576.", &ServeSettings::record_bytes,
            check_record_bytes},
    Setting{"record-payloads", "", "off", "Let --record keep payloads as they are instead of masking them.",
            &ServeSettings::record_payloads},
    Setting{"core-dumps", "", "off", "Let a crash leave a core file, in which tokens and messages stand.",
            &ServeSettings::core_dumps},
    Setting{"log", "FORMAT", "pretty on a terminal, else json", "The form of log lines on standard output: json or pretty.",
            &ServeSettings::log, check_log},
    Setting{"log-level", "LEVEL", "info", "The least important lines to write: debug, info, warn or error.",
            &ServeSettings::log_level, check_log_level},
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

}  // namespace dialogue
