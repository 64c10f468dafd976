// Applies settings that may change while the server runs: all checks that can refuse come first, and the application cannot
// fail.
#include <thread>
#include <vector>

#include "server/api/api_keys.hpp"
#include "server/auth/key_set.hpp"
#include "server/embed/instance/instance_state.hpp"
#include "server/embed/settings/config_settings.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

/// What keys are there, as a text that differs when they do. Never shown: a secret's thumbprint is made from it.
std::string identity_of(const TokenSettings& tokens) {
  std::string text;
  for (const JwksSource& source : tokens.jwks) text += source.issuer + ' ' + source.url + '\n';
  for (const auto* names : {&tokens.policy.issuers, &tokens.policy.audiences}) {
    for (const std::string& name : *names) text += name + '\n';
    text += '\n';
  }
  for (const auth::Realm& realm : tokens.policy.realms) text += realm.issuer + '\n' + realm.prefix + '\n';
  text += tokens.anonymous ? "anonymous\n" : "\n";
  for (const auto& key : tokens.keys.keys())
    text += key->id() + ' ' + std::string(auth::algorithm_name(key->algorithm())) + ' ' + auth::key_thumbprint(*key) + '\n';
  return text;
}

/// Who asks the old source at this moment has its answer soon; its end, which may wait for a thread, belongs here and not there.
template <typename Source>
void retire(const std::shared_ptr<const Source>& old) {
  while (old && old.use_count() > 1) std::this_thread::yield();
}

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

void InstanceState::open_doors(host::ServerConfig& server_config) {
  if (!server_config.identify) {
    auth::TokenCheck check = auth::token_check(config.auth, config.logger);
    token_door->set(std::make_shared<const IdentitySource>(std::move(check.identify)));
    has_token_keys->set(std::make_shared<const std::function<bool()>>(std::move(check.has_keys)));
    server_config.why_not_ready = [has = has_token_keys] { return std::string((*has->get())() ? "" : "keys_unavailable"); };
    server_config.identify = [door = token_door](core::IdentityQuestion&& question, std::function<void(AuthResult)> done) {
      (*door->get())(std::move(question), std::move(done));
    };
  }
  api_keys = server_config.api.keys;
}

void InstanceState::check_tokens(const TokenSettings& tokens) {
  auth::TokenCheck check = auth::token_check(tokens, config.logger);
  const auto old_keys = has_token_keys->set(std::make_shared<const std::function<bool()>>(std::move(check.has_keys)));
  const auto old_door = token_door->set(std::make_shared<const IdentitySource>(std::move(check.identify)));
  retire(old_keys);
  retire(old_door);
  for (const std::uint64_t key : auth::keys_gone(config.auth, tokens)) {
    core::RevokeTokens revoke;
    revoke.what.key = key;
    ask({}, std::move(revoke), calls::call_done<core::RevokeTokens>([](std::size_t) {}, [](const core::Error&) {}));
  }
}

void InstanceState::reload(const Config& with) {
  using metrics::Metric;
  try {
    record_reload();
    take_reload(with);
    note_reload("done");
  } catch (...) {
    note_reload("refused");
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
  net::TlsCertificate certificate({next.tls_cert, next.tls_key});
  if (auto fault = certificate.load()) throw SetupError("tls_cert and tls_key", std::move(*fault), "");
}

void InstanceState::take_reload(const Config& with) {
  const std::lock_guard reloading(reload_mutex);  // the server stays meanwhile
  const Config next = reloaded(with);
  const host::ServerConfig server_config = make_server_config(next);
  api::ApiKeySet keys = api_key_set(next.api_keys);
  if (tls)
    if (auto fault = tls->load({next.tls_cert, next.tls_key})) throw SetupError("tls_cert and tls_key", std::move(*fault), "");
  warn_of_end(tls.get());

  if (config.auth.is_set() && identity_of(next.auth) != identity_of(config.auth)) check_tokens(next.auth);
  api_keys->replace(std::move(keys));
  api_keys->limit(api_key_limit(next));
  if (webhooks) webhooks->sign_with(next.hooks.secret);
  if (tracer) tracer->set_ratio(next.trace_sample);
  if (span_exporter) span_exporter->send_with(next.otlp_headers);
  server->adjust(server_config);
  const std::unique_lock lock(server_mutex);
  copy_hot_settings(config, next);  // and no more: the rest is read without the lock
}

}  // namespace dialogue
