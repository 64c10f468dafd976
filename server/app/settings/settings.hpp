// What can be set from outside, in one table: each row is a flag, an environment variable and a key of the configuration file.
// `--allow-origin`, DIALOGUE_ALLOW_ORIGIN and "allowOrigin" are one row. A flag beats the environment, that beats the file, that
// the default. docs/guides/configuration.md holds the same table; a test fails when the two differ. Plain values; used by one
// thread while the program starts.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dialogue::app {

/// --memory-max is not given: a part of what the process's cgroup may have, where that has a limit.
inline constexpr std::uint32_t kMemoryMaxOfCgroup = 0xFFFFFFFF;

/// What `serve` was told.
struct ServeSettings {
  std::string config_file;  ///< of --config; empty: none
  std::string app;
  std::string listen = "127.0.0.1:8080";
  std::string tls_certificate, tls_key;
  std::string store = "sqlite:./dialogue.db";
  std::string static_directory;
  std::string log;
  std::string log_level = "info";
  std::uint32_t shards = 0;
  std::uint32_t coalesce_us = 1000;
  std::uint32_t connections_max = 10'000;
  std::uint32_t drain_pause_ms = 1'000, drain_ms = 1'000, drain_rate = 1'000, drain_timeout_ms = 7'000;
  std::uint32_t drain_delay_ms = 0;
  std::uint32_t http_keep_alive_ms = 75'000;
  std::uint32_t handshake_timeout_ms = 5'000, hello_timeout_ms = 10'000, ping_interval_ms = 25'000, ping_timeout_ms = 8'000;
  std::uint32_t stream_heartbeat_ms = 15'000, stream_retry_ms = 3'000, statsd_interval_ms = 10'000;
  std::string audit, audit_key;
  std::uint32_t audit_keep_days = 0, receipts = 0;
  std::string record;
  std::uint32_t record_bytes = 64 * 1024 * 1024;
  bool record_payloads = false;
  bool dev = false;
  bool dashboard = false;
  std::vector<std::string> trusted_proxies;
  bool proxy_protocol = false;
  std::uint32_t connections_per_address_max = 1000;
  std::uint32_t connections_per_user_max = 100;
  std::uint32_t memory_max = kMemoryMaxOfCgroup;
  bool core_dumps = false;
  bool anonymous = false;
  std::vector<std::string> key_files;
  std::string secret_variable;
  std::vector<std::string> jwks, issuers, audiences;
  std::uint32_t http_requests = 100, http_messages = 30;
  std::uint32_t api_key_requests = 6'000;
  std::string metrics_listen, admin_listen, statsd, tcp_listen, content_security_policy;
  std::string otlp_endpoint, otlp_headers_file, otlp_headers_variable, trace_sample = "0.01";
  std::uint32_t tcp_connections_max = 10'000;
  std::uint32_t http2_streams_max = 100;
  std::uint32_t socketio_ping_interval_ms = 25'000, socketio_ping_timeout_ms = 20'000, socketio_connect_timeout_ms = 45'000;
  std::uint32_t socketio_max_payload = 100'000;
  bool socketio_echo = false;
  std::uint32_t handshakes = 1000, failed_logins = 10;
  std::vector<std::string> api_key_variables, api_key_files;
  std::string hooks_url, hooks_secret_file, hooks_secret_variable, hooks_fail;
  std::vector<std::string> hooks_verbs, hooks_rooms;
  std::uint32_t hooks_timeout_ms = 2'000;
  std::vector<std::string> allowed_origins;
};

using SettingField = std::variant<std::string ServeSettings::*, std::uint32_t ServeSettings::*, bool ServeSettings::*,
                                  std::vector<std::string> ServeSettings::*>;

/// Why a value is refused: what is wrong with it, and what to write in its place.
struct SettingError {
  std::string problem, advice;
};

struct Setting {
  std::string_view name;         ///< the flag without its dashes: "allow-origin"
  std::string_view value_name;   ///< what the value is, for the help text; empty for a switch
  std::string_view fallback;     ///< the default, as people write it
  std::string_view description;  ///< one sentence
  SettingField field;
  std::optional<SettingError> (*check)(const std::string& value) =
      nullptr;  ///< of each text, where the kind alone does not say enough
};

inline constexpr std::uint32_t kShardsMax = 256;

/// All rows, in the order of the help text.
[[nodiscard]] std::span<const Setting> settings_table();

/// "DIALOGUE_ALLOW_ORIGIN" of "allow-origin". Several values are separated by commas there.
[[nodiscard]] std::string environment_name(std::string_view setting_name);

/// "allowOrigin" of "allow-origin".
[[nodiscard]] std::string file_key(std::string_view setting_name);

}  // namespace dialogue::app
