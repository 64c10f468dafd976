// The program's own settings, and the table of all of them.
#include "server/app/settings/settings.hpp"

#include <array>

#include "server/embed/settings/setting_checks.hpp"
#include "server/ops/log_sink.hpp"
#include "server/store/factory/open_store.hpp"
#include "server/store/nats/nats_address.hpp"
#include "shared/base/shown_url.hpp"

namespace dialogue::app {
namespace {

using Row = Setting<ProgramOptions>;
using Checked = std::optional<SettingError>;

constexpr SettingChange kHot = SettingChange::hot, kRestart = SettingChange::restart;
constexpr Accepts kAny;

Checked check_store(const std::string& text) {
  try {
    static_cast<void>(store::parse_store_address(text));
    return {};
  } catch (const store::StoreError& error) {
    return SettingError{quoted(text) + ": " + error.fault().substr(0, error.fault().find_last_not_of('.') + 1), error.advice()};
  }
}

Checked check_cluster(const std::string& text) {
  if (auto fault = check_store(text)) return fault;
  if (store::parse_store_address(text).can_be_shared) return {};
  return SettingError{quoted(text) + " is a store that servers cannot share", "Write " + store::store_forms(true) + "."};
}

Checked check_bus(const std::string& text) {
  if (text.empty()) return {};
  try {
    static_cast<void>(store::parse_nats_address(text));
    return {};
  } catch (const store::StoreError& error) {
    return SettingError{quoted(shown_url(text)) + ": " + error.fault().substr(0, error.fault().find_last_not_of('.') + 1),
                        error.advice()};
  }
}

Checked check_log(const std::string& text) {
  if (ops::parse_log_format(text)) return {};
  return SettingError{quoted(text) + " is not a log format", "Write json or pretty."};
}

Checked check_log_level(const std::string& text) {
  if (ops::parse_log_level(text)) return {};
  return SettingError{quoted(text) + " is not a log level", "Write debug, info, warn or error."};
}

const std::string kStoreHelp = "Where room logs are stored: " + store::store_forms() + " (until the server stops).";
const std::string kClusterHelp =
    "Be a node of the cluster whose servers share this store: " + store::store_forms(true) + ". Replaces --store.";

const std::array kProgramSettings = {
    Row{"app", "FILE", kAt<&ProgramOptions::app>, kAny, kRestart, "The JSON file with the definitions.",
        "the compiled-in definitions"},
    Row{"store", "URL", kAt<&ProgramOptions::store>, check_store, kRestart, kStoreHelp},
    Row{"cluster", "URL", kAt<&ProgramOptions::cluster>, check_cluster, kRestart, kClusterHelp, "no cluster"},
    Row{"bus", "URL", kAt<&ProgramOptions::bus>, check_bus, kRestart,
        "With --cluster postgres://...: the nodes wake each other by this NATS server, nats://HOST:PORT or tls://HOST:PORT, "
        "instead of by PostgreSQL.",
        "PostgreSQL's notifications"},
    Row{"auth-key", "FILE", kAt<&ProgramOptions::auth_key>, kAny, kHot,
        "Check tokens with the keys in this file (PEM, JWK, JWKS or a secret); repeatable."},
    Row{"auth-hs256-env", "NAME", kAt<&ProgramOptions::auth_hs256_env>, kAny, kHot,
        "Check tokens by HS256 with the secret in the environment variable NAME."},
    Row{"api-key-file", "FILE", kAt<&ProgramOptions::api_key_file>, kAny, kHot,
        "Keys for the HTTP API, one a line: NAME SCOPES KEY, or a KEY of at least 32 characters with all rights. Scopes, "
        "comma-separated: publish, read, rooms, users, observe, operate, admin. Repeatable.",
        "", "api_keys"},
    Row{"api-key-env", "NAME", kAt<&ProgramOptions::api_key_env>, kAny, kHot,
        "Environment variable with API keys, in the same format; repeatable."},
    Row{"otlp-headers-file", "FILE", kAt<&ProgramOptions::otlp_headers_file>, kAny, kHot,
        "A file with header fields for --otlp-endpoint, such as its key, one a line.", "", "otlp_headers"},
    Row{"otlp-headers-env", "NAME", kAt<&ProgramOptions::otlp_headers_env>, kAny, kHot,
        "Environment variable with these header fields, one a line, or as NAME=VALUE,NAME=VALUE like "
        "OTEL_EXPORTER_OTLP_HEADERS."},
    Row{"hooks-secret-file", "FILE", kAt<&ProgramOptions::hooks_secret_file>, kAny, kHot,
        "A file with the secret that signs hook requests, at least 32 characters long."},
    Row{"hooks-secret-env", "NAME", kAt<&ProgramOptions::hooks_secret_env>, kAny, kHot,
        "Environment variable with the secret that signs hook requests."},
    Row{"core-dumps", "", kAt<&ProgramOptions::core_dumps>, kAny, kRestart,
        "Allow core files after a crash. They contain tokens and messages."},
    Row{"log", "FORMAT", kAt<&ProgramOptions::log>, check_log, kRestart,
        "The format of log lines on standard output: json or pretty.", "pretty on a terminal, else json"},
    Row{"log-level", "LEVEL", kAt<&ProgramOptions::log_level>, check_log_level, kHot,
        "The lowest log level to write: debug, info, warn or error."},
};

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string default_in_words(std::string_view words, const SettingTexts& usual) {
  if (!words.empty()) return std::string(words);
  return usual.empty() ? "none" : usual.front();
}

}  // namespace

std::span<const Setting<ProgramOptions>> program_settings() { return kProgramSettings; }

const std::vector<SettingInfo>& settings_table() {
  static const std::vector<SettingInfo> kTable = [] {
    std::vector<SettingInfo> table;
    const Settings usual;
    each_setting(
        [&table]<typename Owner>(const Setting<Owner>& row, const Owner& part) {
          SettingTexts texts = row.access.read(part);
          std::string fallback = default_in_words(row.fallback, texts);
          table.push_back({row.name, row.value_name, row.help, row.access.kind, row.accepts, row.change, std::move(texts),
                           std::move(fallback), member_name(row.name, row.member), std::is_same_v<Owner, Config>});
        },
        usual);
    return table;
  }();
  return kTable;
}

std::string flag_name(std::string_view setting_name) {
  return setting_name == "app" ? std::string(setting_name) : "--" + std::string(setting_name);
}

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

}  // namespace dialogue::app
