// See reload.hpp.
#include "server/app/settings/reload.hpp"

#include <algorithm>
#include <array>
#include <dialogue/instance.hpp>
#include <utility>

#include "server/app/settings/serve_config.hpp"
#include "server/app/settings/setting_text.hpp"
#include "server/core/messages/log_message.hpp"
#include "server/ops/log_sink.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

constexpr std::array<std::string_view, 26> kReloads = {"tls-cert",
                                                       "tls-key",
                                                       "allow-origin",
                                                       "auth-key",
                                                       "auth-hs256-env",
                                                       "auth-jwks",
                                                       "auth-issuer",
                                                       "auth-audience",
                                                       "auth-anonymous",
                                                       "connections-max",
                                                       "connections-per-address",
                                                       "connections-per-user",
                                                       "memory-max",
                                                       "api-key-file",
                                                       "api-key-env",
                                                       "http-requests",
                                                       "http-messages",
                                                       "handshakes",
                                                       "failed-logins",
                                                       "hooks-secret-file",
                                                       "hooks-secret-env",
                                                       "otlp-headers-file",
                                                       "otlp-headers-env",
                                                       "api-key-requests",
                                                       "trace-sample",
                                                       "log-level"};

bool are_same(const KeySet& a, const KeySet& b) {
  return std::equal(a.keys().begin(), a.keys().end(), b.keys().begin(), b.keys().end(), [](const auto& one, const auto& other) {
    return one->id() == other->id() && auth::key_thumbprint(*one) == auth::key_thumbprint(*other);
  });
}

LogLine changed(std::string event, std::string_view message, std::size_t count) {
  return {LogLevel::info, std::move(event), JsonText().text("message", message).number("keys", count).take()};
}

/// "--log-level" of "logLevel".
std::string flag_of(std::string_view key) {
  for (const Setting& setting : settings_table())
    if (file_key(setting.name) == key) return "--" + std::string(setting.name);
  return {};
}

}  // namespace

bool reloads(std::string_view setting_name) {
  return std::find(kReloads.begin(), kReloads.end(), setting_name) != kReloads.end();
}

Reload::Reload(ServeSettings now, const Config& config, std::function<ServeSettings()> read, Environment environment,
               std::shared_ptr<std::atomic<LogLevel>> least)
    : settings_(std::move(now)),
      contents_{config.tokens.keys, config.api_keys, config.webhooks.secret, config.otlp_headers},
      read_(std::move(read)),
      environment_(std::move(environment)),
      log_(config.logger),
      metrics_(config.shared_metrics),
      least_(std::move(least)) {}

ReloadResult Reload::run(Instance& instance, bool is_dry_run) {
  try {
    Next next = read_next();
    ReloadResult result = compare(next);
    if (is_dry_run) {
      instance.check_reload(next.config);
      return result;
    }
    result.is_applied = true;
    take_over(instance, std::move(next));
    return result;
  } catch (const SetupError& fault) {
    ReloadResult refused;
    refused.refusal = fault.what();
    if (is_dry_run) return refused;
    metrics_->set(metrics::Metric::config_last_reload_successful, 0, 0);
    log_(core::log_message(LogLevel::error, "reload_refused",
                           refused.refusal + " Nothing was changed: the previous settings stay in force."));
    return refused;
  }
}

Reload::Next Reload::read_next() const {
  Next next;
  next.given = read_();
  // What needs a restart stays as it was started, and is not judged against what changes.
  next.applied = settings_;
  for (const Setting& setting : settings_table())
    if (reloads(setting.name)) std::visit([&](auto field) { next.applied.*field = next.given.*field; }, setting.field);
  next.config = serve_config(next.applied, environment_, {});
  next.contents = {next.config.tokens.keys, next.config.api_keys, next.config.webhooks.secret, next.config.otlp_headers};
  return next;
}

ReloadResult Reload::compare(const Next& next) const {
  ReloadResult result;
  for (const Setting& setting : settings_table()) {
    if (setting_text(setting, settings_) != setting_text(setting, next.given))
      result.changes.push_back(
          {file_key(setting.name), shown_setting(setting, settings_), shown_setting(setting, next.given), reloads(setting.name)});
  }
  if (!are_same(contents_.keys, next.contents.keys)) result.contents.emplace_back("tokenKeys");
  if (contents_.api_keys != next.contents.api_keys) result.contents.emplace_back("apiKeys");
  if (contents_.hooks_secret != next.contents.hooks_secret) result.contents.emplace_back("hooksSecret");
  if (contents_.otlp_headers != next.contents.otlp_headers) result.contents.emplace_back("otlpHeaders");
  return result;
}

void Reload::take_over(Instance& instance, Next next) {
  instance.reload(next.config);
  *least_ = *ops::parse_log_level(next.applied.log_level);
  report(compare(next), next.contents);
  settings_ = std::move(next.applied);
  contents_ = std::move(next.contents);
}

void Reload::report(const ReloadResult& result, const Contents& read) const {
  std::size_t changes = 0;
  const auto say = [&](LogLine line) {
    ++changes;
    log_(line);
  };
  for (const ReloadChange& change : result.changes) {
    const std::string name = flag_of(change.key);
    JsonText fields;
    if (change.is_hot) {
      fields.text("message", name + " is \"" + change.now + "\" now").text("setting", name.substr(2));
      say({LogLevel::info, "setting_reloaded", fields.text("before", change.before).text("now", change.now).take()});
    } else {
      fields.text("message", name + " changed, which needs a restart: \"" + change.before + "\" stays in force");
      log_({LogLevel::warn, "setting_needs_restart", fields.text("setting", name.substr(2)).take()});
    }
  }
  for (const std::string& content : result.contents) {
    if (content == "tokenKeys")
      say(changed("keys_reloaded", "tokens are verified with the new keys", read.keys.keys().size()));
    else if (content == "apiKeys")
      say(changed("api_keys_reloaded", "the HTTP API accepts the new keys", read.api_keys.size()));
    else if (content == "otlpHeaders")
      say(changed("otlp_headers_reloaded", "traces are sent with the new header fields", read.otlp_headers.size()));
    else
      say(changed("hooks_secret_reloaded", "hooks are signed with the new secret", 1));
  }
  if (!settings_.tls_certificate.empty())
    say(core::log_message(LogLevel::info, "certificate_reloaded", "new connections use the new certificate"));
  log_({LogLevel::info, "reloaded", JsonText().text("message", "the settings were reloaded").number("changes", changes).take()});
}

}  // namespace dialogue::app
