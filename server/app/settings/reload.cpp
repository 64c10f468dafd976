// See reload.hpp.
#include "server/app/settings/reload.hpp"

#include <algorithm>
#include <array>
#include <dialogue/instance.hpp>
#include <utility>

#include "server/app/settings/serve_config.hpp"
#include "server/core/messages/log_message.hpp"
#include "server/ops/log_sink.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

constexpr std::array<std::string_view, 23> kReloads = {"tls-cert",
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
                                                       "api-key-requests",
                                                       "log-level"};

/// A setting as people write it. None of them is a secret: keys stand in files and variables that settings only name.
struct Text {
  const ServeSettings& settings;

  std::string operator()(std::string ServeSettings::*field) const { return settings.*field; }
  std::string operator()(std::uint32_t ServeSettings::*field) const { return std::to_string(settings.*field); }
  std::string operator()(bool ServeSettings::*field) const { return settings.*field ? "on" : "off"; }
  std::string operator()(std::vector<std::string> ServeSettings::*field) const {
    std::string all;
    for (const std::string& each : settings.*field) all += (all.empty() ? "" : ",") + each;
    return all;
  }
};

std::string text_of(const Setting& setting, const ServeSettings& settings) {
  const bool is_automatic = setting.name == "memory-max" && settings.memory_max == kMemoryMaxOfCgroup;
  return is_automatic ? std::string(setting.fallback) : std::visit(Text{settings}, setting.field);
}

bool are_same(const KeySet& a, const KeySet& b) {
  return std::equal(a.keys().begin(), a.keys().end(), b.keys().begin(), b.keys().end(), [](const auto& one, const auto& other) {
    return one->id() == other->id() && auth::key_thumbprint(*one) == auth::key_thumbprint(*other);
  });
}

LogLine changed(std::string event, std::string_view message, std::size_t count) {
  return {LogLevel::info, std::move(event), JsonText().text("message", message).number("keys", count).take()};
}

}  // namespace

bool reloads(std::string_view setting_name) {
  return std::find(kReloads.begin(), kReloads.end(), setting_name) != kReloads.end();
}

Reload::Reload(ServeSettings now, const Config& config, std::function<ServeSettings()> read, Environment environment,
               std::shared_ptr<std::atomic<LogLevel>> least)
    : settings_(std::move(now)),
      contents_{config.tokens.keys, config.api_keys, config.webhooks.secret},
      read_(std::move(read)),
      environment_(std::move(environment)),
      log_(config.logger),
      least_(std::move(least)) {}

void Reload::operator()(Instance& instance) {
  try {
    take_over(instance, read_());
  } catch (const SetupError& fault) {
    log_(core::log_message(LogLevel::error, "reload_refused",
                           std::string(fault.what()) + " Nothing was changed: the previous settings stay in force."));
  }
}

void Reload::take_over(Instance& instance, const ServeSettings& next) {
  // What needs a restart stays as it was started, and is not judged against what changes.
  ServeSettings applied = settings_;
  for (const Setting& setting : settings_table())
    if (reloads(setting.name)) std::visit([&](auto field) { applied.*field = next.*field; }, setting.field);
  Config config = serve_config(applied, environment_, {});
  instance.reload(config);
  *least_ = *ops::parse_log_level(applied.log_level);
  Contents read{std::move(config.tokens.keys), std::move(config.api_keys), std::move(config.webhooks.secret)};
  const std::size_t changes = report(next, read);
  log_({LogLevel::info, "reloaded", JsonText().text("message", "the settings were reloaded").number("changes", changes).take()});
  settings_ = std::move(applied);
  contents_ = std::move(read);
}

std::size_t Reload::report(const ServeSettings& next, const Contents& read) const {
  std::size_t changes = 0;
  const auto say = [&](LogLine line) {
    ++changes;
    log_(line);
  };
  for (const Setting& setting : settings_table()) {
    const std::string before = text_of(setting, settings_), now = text_of(setting, next);
    if (before == now) continue;
    const std::string name = "--" + std::string(setting.name);
    JsonText fields;
    if (reloads(setting.name)) {
      fields.text("message", name + " is \"" + now + "\" now").text("setting", setting.name);
      say({LogLevel::info, "setting_reloaded", fields.text("before", before).text("now", now).take()});
    } else {
      fields.text("message", name + " changed, which needs a restart: \"" + before + "\" stays in force");
      log_({LogLevel::warn, "setting_needs_restart", fields.text("setting", setting.name).take()});
    }
  }
  if (!are_same(contents_.keys, read.keys))
    say(changed("keys_reloaded", "tokens are verified with the new keys", read.keys.keys().size()));
  if (contents_.api_keys != read.api_keys)
    say(changed("api_keys_reloaded", "the HTTP API accepts the new keys", read.api_keys.size()));
  if (contents_.hooks_secret != read.hooks_secret)
    say(changed("hooks_secret_reloaded", "hooks are signed with the new secret", 1));
  if (!settings_.tls_certificate.empty())
    say(core::log_message(LogLevel::info, "certificate_reloaded", "new connections use the new certificate"));
  return changes;
}

}  // namespace dialogue::app
