// See serve_config.hpp.
#include "server/app/settings/serve_config.hpp"

#include <algorithm>
#include <dialogue/instance.hpp>
#include <utility>

#include "server/app/settings/api_key_settings.hpp"
#include "server/app/settings/hook_settings.hpp"
#include "server/app/settings/identity_settings.hpp"
#include "server/app/settings/otlp_settings.hpp"
#include "server/ops/cgroup_memory.hpp"
#include "server/store/factory/open_store.hpp"
#include "server/trace/context/sampler.hpp"

namespace dialogue::app {
namespace {

constexpr std::uint64_t kBytesPerMib = 1024 * 1024;
constexpr std::uint64_t kMsPerDay = 24ULL * 60 * 60 * 1000;
constexpr std::uint64_t kCgroupShareMax = 80, kPercent = 100;  ///< the rest is for what the kernel counts beside it

/// Of --memory-max, or what of the cgroup's limit is the process's.
std::uint32_t memory_mib_max(const ServeSettings& settings) {
  if (settings.memory_max != kMemoryMaxOfCgroup) return settings.memory_max;
  const auto limit = ops::cgroup_memory_bytes();
  return limit ? static_cast<std::uint32_t>(std::max<std::uint64_t>(1, *limit / kPercent * kCgroupShareMax / kBytesPerMib)) : 0;
}

}  // namespace

Config serve_config(const ServeSettings& settings, const Environment& environment, Definitions definitions) {
  Config config;
  config.definitions = std::move(definitions);
  config.listen = settings.listen;
  config.tls_certificate = settings.tls_certificate;
  config.tls_key = settings.tls_key;
  config.shards = settings.shards;
  config.coalesce_us = settings.coalesce_us;
  config.static_directory = settings.static_directory;
  config.serves_dashboard = settings.dashboard;
  config.allowed_origins = settings.allowed_origins;
  config.development_identities_anywhere = settings.dev;
  config.trusted_proxies = settings.trusted_proxies;
  config.proxy_protocol = settings.proxy_protocol;
  config.connections_per_address_max = settings.connections_per_address_max;
  config.memory_mib_max = memory_mib_max(settings);
  config.http_requests_per_minute = settings.http_requests;
  config.http_messages_per_minute = settings.http_messages;
  config.handshakes_per_minute = settings.handshakes;
  config.failed_logins_per_minute = settings.failed_logins;
  config.http_keep_alive_ms = settings.http_keep_alive_ms;
  config.handshake_timeout_ms = settings.handshake_timeout_ms;
  config.limits.hello_timeout_ms = settings.hello_timeout_ms;
  config.limits.ping_interval_ms = settings.ping_interval_ms;
  config.limits.ping_reply_timeout_ms = settings.ping_timeout_ms;
  config.limits.stream_heartbeat_ms = settings.stream_heartbeat_ms;
  config.stream_retry_ms = settings.stream_retry_ms;
  config.api_key_requests_per_minute = settings.api_key_requests;
  config.metrics_listen = settings.metrics_listen;
  config.admin_listen = settings.admin_listen;
  config.statsd = settings.statsd;
  config.metric_interval_ms = settings.statsd_interval_ms;
  config.otlp_endpoint = settings.otlp_endpoint;
  config.otlp_headers = otlp_headers_of(settings, environment);
  config.trace_sample = trace::parse_ratio(settings.trace_sample).value_or(config.trace_sample);
  config.tcp_listen = settings.tcp_listen;
  config.tcp_connections_max = settings.tcp_connections_max;
  config.http2_streams_max = settings.http2_streams_max;
  config.socketio_ping_interval_ms = settings.socketio_ping_interval_ms;
  config.socketio_ping_timeout_ms = settings.socketio_ping_timeout_ms;
  config.socketio_connect_timeout_ms = settings.socketio_connect_timeout_ms;
  config.socketio_payload_bytes_max = settings.socketio_max_payload;
  config.socketio_echo = settings.socketio_echo;
  if (const std::string& policy = settings.content_security_policy; !policy.empty())
    config.content_security_policy = policy == "none" ? std::string() : policy;
  config.limits.connections_max = settings.connections_max;
  config.limits.connections_per_user_max = settings.connections_per_user_max;
  config.drain_pause_ms = settings.drain_pause_ms;
  config.drain_spread_ms = settings.drain_ms;
  config.drain_rate = settings.drain_rate;
  config.drain_timeout_ms = settings.drain_timeout_ms;
  if (const auto address = store::parse_store_address(settings.store); address.kind == store::StoreAddress::Kind::sqlite)
    config.drain_file = address.path + "-drain";
  config.drain_delay_ms = settings.drain_delay_ms;
  config.audit_file = settings.audit;
  config.audit_key_file = settings.audit_key;
  config.audit_keep_ms = settings.audit_keep_days * kMsPerDay;
  config.receipts_interval_ms = settings.receipts * std::uint64_t{1000};
  config.record_file = settings.record;
  config.record_bytes_max = settings.record_bytes;
  config.record_payloads = settings.record_payloads;
  config.tokens = token_settings(settings, environment);
  check_identity_policy(settings, config.tokens);
  config.api_keys = api_keys_of(settings, environment);
  config.webhooks = webhook_settings(settings, environment);
  return config;
}

void check_serve_config(const ServeSettings& settings, Config config) {
  try {
    store::check_store(settings.store);
  } catch (const store::StoreError& error) { throw SetupError("--store " + settings.store, error.what(), ""); }
  create_dialogue(std::move(config)).check();
}

}  // namespace dialogue::app
