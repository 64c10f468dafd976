// See development.hpp.
#include "server/app/dev/development.hpp"

#include <cstdio>
#include <dialogue/instance.hpp>
#include <utility>

#include "server/app/dev/lan_address.hpp"
#include "server/app/dev/qr_code.hpp"
#include "server/app/settings/serve_config.hpp"
#include "server/core/messages/log_message.hpp"
#include "server/embed/listen_address.hpp"
#include "server/ops/log_sink.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

constexpr std::uint64_t kRestartPauseMs = 200;  ///< clients reconnect after it; they are few and need no spread

/// The policy of `dialogue serve`, and scripts and styles within a page.
constexpr std::string_view kPagePolicy =
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

std::string url_of(const std::string& host, std::uint16_t port, bool is_secure) {
  const std::string name = host.find(':') == std::string::npos ? host : '[' + host + ']';
  return (is_secure ? "https://" : "http://") + name + ':' + std::to_string(port) + '/';
}

bool is_for_people(const Settings& settings) {
  return (settings.program.log.empty() ? ops::default_log_format() : *ops::parse_log_format(settings.program.log)) ==
         ops::LogFormat::pretty;
}

void print_code(const std::string& url) {
  if (const auto code = QrCode::of(url)) std::printf("\n%s\n  %s\n\n", code->terminal_text().c_str(), url.c_str());
  std::fflush(stdout);
}

}  // namespace

void Development::prepare(const Settings& settings, Config& config) {
  config.dashboard = true;
  config.rereads_static_files = true;
  if (!config.content_security_policy) config.content_security_policy = kPagePolicy;
  config.allow_loopback_origins = !is_public(settings.config);
  config.drain_pause_ms = kRestartPauseMs;
  config.drain_ms = 0;
}

void Development::listening(const Instance& instance, const Settings& settings, std::function<void(const LogLine&)> log,
                            std::function<void()> restart) {
  const auto address = parse_listen_address(settings.config.listen);
  if (!address) return;
  const std::uint16_t port = instance.port();
  const bool is_first = listen_.empty();
  listen_ = settings.config.listen.substr(0, settings.config.listen.rfind(':') + 1) + std::to_string(port);
  const bool is_secure = !settings.config.tls_cert.empty();
  const auto lan = lan_address(address->host);
  const bool has_keys = !settings.program.api_key_file.empty() || !settings.program.api_key_env.empty();
  const std::string dashboard = url_of(lan.value_or(address->host), port, is_secure) + "_dialogue/";
  const std::string_view needs = is_public(settings.config) && !has_keys
                                     ? ", which needs an API key on this address: --api-key-file, or listen on 127.0.0.1"
                                     : "";
  JsonText fields;
  fields.text("message", "dashboard at " + dashboard + std::string(needs)).text("url", dashboard);
  const bool has_page = lan && !settings.config.static_directory.empty();  // the dashboard is for this machine, and for keys
  const std::string phone = has_page ? url_of(*lan, port, is_secure) : std::string();
  if (has_page) fields.text("phone", phone);
  log({LogLevel::info, "dashboard", fields.take()});
  if (is_first && has_page && is_for_people(settings)) print_code(phone);
  if (settings.program.app.empty()) return;
  watch_ = std::make_unique<DefinitionsWatch>(
      settings.program.app, *changes_,
      DefinitionsWatch::Handlers{
          [this, log, restart = std::move(restart)] {
            log(core::log_message(LogLevel::info, "definitions_changed", "the definitions have changed: the server restarts"));
            is_changed_ = true;
            restart();
          },
          [log](const std::string& faults) {
            log(core::log_message(LogLevel::error, "definitions_faulty", "the previous definitions stay in force: " + faults));
          }});
}

bool Development::is_to_restart() {
  watch_.reset();
  return is_changed_.exchange(false);
}

}  // namespace dialogue::app
