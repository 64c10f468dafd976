// Applies settings that may change while the server runs: all checks that can refuse come first, and the application cannot
// fail.
#include <vector>

#include "server/api/api_keys.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/settings/config_settings.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

std::string change_text(const ReloadChange& change) {
  JsonText text;
  text.text("key", change.key).text("before", change.before).text("now", change.now);
  return text.text("change", change.is_hot ? "hot" : "restart").take();
}

}  // namespace

std::function<void(bool, std::function<void(std::string, std::string, bool)>)> reload_for_api(ReloadSource source) {
  return [source = std::move(source)](bool is_dry_run, std::function<void(std::string, std::string, bool)> done) {
    source(is_dry_run, [done = std::move(done)](ReloadResult result) {
      JsonText diff;
      diff.flag("applied", result.is_applied).raw("changes", json_array(result.changes, change_text));
      diff.raw("contents", json_array(result.contents, json_string));
      done(std::move(result.refusal), diff.take(), result.is_busy);
    });
  };
}

void InstanceState::reload(const Config& with) {
  using metrics::Metric;
  try {
    audit.record_reload();
    take_reload(with);
    audit.note_reload("done");
  } catch (...) {
    audit.note_reload("refused");
    config.shared_metrics->set(Metric::config_last_reload_successful, 0, 0);
    throw;
  }
  config.shared_metrics->set(Metric::config_last_reload_successful, 0, 1);
  config.shared_metrics->set(Metric::config_last_reload_timestamp_seconds, 0, metrics::unix_now_ns());
}

Config InstanceState::reloaded(const Config& with) const {
  {
    const std::shared_lock lock(server_mutex);
    if (stopping) throw SetupError("reload", "the server is stopping", "The next start reads the settings.");
    if (phase != Phase::serving) throw SetupError("reload", "the server is not running", "Call listen() first.");
  }
  Config next = config;
  copy_hot_settings(next, with);
  if (next.auth.is_set() != config.auth.is_set())
    throw SetupError("auth", "token verification cannot be turned on or off while the server runs", "Restart the server.");
  if (next.tls_cert.empty() != config.tls_cert.empty())
    throw SetupError("tls_cert and tls_key", "TLS cannot be turned on or off while the server runs", "Restart the server.");
  refuse_contradictions(next);
  return next;
}

void InstanceState::check_reload(const Config& with) const {
  const std::lock_guard reloading(reload_mutex);
  const Config next = reloaded(with);
  static_cast<void>(make_server_config(next));
  if (next.tls_cert.empty()) return;
  net::TlsCertificate unused({next.tls_cert, next.tls_key});
  if (auto fault = unused.load()) throw SetupError("tls_cert and tls_key", std::move(*fault), "");
}

void InstanceState::take_reload(const Config& with) {
  const std::lock_guard reloading(reload_mutex);  // the server stays meanwhile
  const Config next = reloaded(with);
  const host::ServerConfig server_config = make_server_config(next);
  api::ApiKeySet keys = api_key_set(next.api_keys);
  certificate.replace({next.tls_cert, next.tls_key});

  if (config.auth.is_set()) token_door.replace(config.auth, next.auth, [this](std::uint64_t key) { revocations.end_key(key); });
  api_keys->replace(std::move(keys));
  api_keys->limit(api_key_limit(next));
  backend_hooks.sign_with(next.hooks.secret);
  traces.adjust(next.trace_sample, next.otlp_headers);
  server->adjust(server_config);
  const std::unique_lock lock(server_mutex);
  copy_hot_settings(config, next);  // and no more: the rest is read without the lock
}

}  // namespace dialogue
