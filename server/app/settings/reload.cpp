// See reload.hpp.
#include "server/app/settings/reload.hpp"

#include <algorithm>
#include <dialogue/instance.hpp>
#include <utility>

#include "server/app/settings/serve_config.hpp"
#include "server/app/settings/setting_rows.hpp"
#include "server/core/messages/log_message.hpp"
#include "server/ops/log_sink.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

bool are_same(const KeySet& a, const KeySet& b) {
  return std::equal(a.keys().begin(), a.keys().end(), b.keys().begin(), b.keys().end(), [](const auto& one, const auto& other) {
    return one->id() == other->id() && auth::key_thumbprint(*one) == auth::key_thumbprint(*other);
  });
}

LogLine changed(std::string event, std::string_view message, std::size_t count) {
  return {LogLevel::info, std::move(event), JsonText().text("message", message).number("keys", count).take()};
}

/// "log-level" of "logLevel".
std::string_view name_of(std::string_view key) {
  for (const SettingInfo& setting : settings_table())
    if (file_key(setting.name) == key) return setting.name;
  return {};
}

}  // namespace

Reload::Reload(Settings now, const Config& config, std::function<Settings()> read, Environment environment,
               std::shared_ptr<std::atomic<LogLevel>> least)
    : settings_(std::move(now)),
      read_(std::move(read)),
      environment_(std::move(environment)),
      log_(config.logger),
      metrics_(config.shared_metrics),
      least_(std::move(least)) {
  copy_hot_settings(in_force_, config);
}

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
  each_setting(
      [](const auto& setting, auto& applied, const auto& given) {
        if (setting.change == SettingChange::hot) setting.access.copy(applied, given);
      },
      next.applied, next.given);
  next.config = serve_config(next.applied, environment_, {});
  return next;
}

ReloadResult Reload::compare(const Next& next) const {
  ReloadResult result;
  result.changes = changed_settings(settings_, next.given);
  if (!are_same(in_force_.auth.keys, next.config.auth.keys)) result.contents.emplace_back("tokenKeys");
  if (in_force_.api_keys != next.config.api_keys) result.contents.emplace_back("apiKeys");
  if (in_force_.hooks.secret != next.config.hooks.secret) result.contents.emplace_back("hooksSecret");
  if (in_force_.otlp_headers != next.config.otlp_headers) result.contents.emplace_back("otlpHeaders");
  return result;
}

void Reload::take_over(Instance& instance, Next next) {
  instance.reload(next.config);
  *least_ = *ops::parse_log_level(next.applied.program.log_level);
  report(compare(next), next.config);
  settings_ = std::move(next.applied);
  copy_hot_settings(in_force_, next.config);
}

void Reload::report(const ReloadResult& result, const Config& now) const {
  std::size_t changes = 0;
  const auto say = [&](LogLine line) {
    ++changes;
    log_(line);
  };
  for (const ReloadChange& change : result.changes) {
    const std::string_view name = name_of(change.key);
    JsonText fields;
    if (change.is_hot) {
      fields.text("message", flag_name(name) + " is \"" + change.now + "\" now").text("setting", name);
      say({LogLevel::info, "setting_reloaded", fields.text("before", change.before).text("now", change.now).take()});
    } else {
      fields.text("message", flag_name(name) + " changed, which needs a restart: \"" + change.before + "\" stays in force");
      log_({LogLevel::warn, "setting_needs_restart", fields.text("setting", name).take()});
    }
  }
  for (const std::string& content : result.contents) {
    if (content == "tokenKeys")
      say(changed("keys_reloaded", "tokens are verified with the new keys", now.auth.keys.keys().size()));
    else if (content == "apiKeys")
      say(changed("api_keys_reloaded", "the HTTP API accepts the new keys", now.api_keys.size()));
    else if (content == "otlpHeaders")
      say(changed("otlp_headers_reloaded", "traces are sent with the new header fields", now.otlp_headers.size()));
    else
      say(changed("hooks_secret_reloaded", "hooks are signed with the new secret", 1));
  }
  if (!settings_.config.tls_cert.empty())
    say(core::log_message(LogLevel::info, "certificate_reloaded", "new connections use the new certificate"));
  log_({LogLevel::info, "reloaded", JsonText().text("message", "the settings were reloaded").number("changes", changes).take()});
}

}  // namespace dialogue::app
