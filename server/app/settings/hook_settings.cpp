// See hook_settings.hpp.
#include "server/app/settings/hook_settings.hpp"

#include <algorithm>
#include <array>
#include <dialogue/setup_error.hpp>
#include <utility>

#include "server/api/api_keys.hpp"
#include "server/embed/text_file.hpp"

namespace dialogue::app {
namespace {

constexpr std::size_t kSecretFileBytesMax = 64 * 1024;
constexpr const char* kMakeSecret = "Make one with: openssl rand -hex 32";

/// The places in the settings table of what fault_of() names.
std::string place_of(const std::string& member) {
  std::string flag = "--hooks-" + member;
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string secret_of_file(const std::string& path) {
  auto found = api::api_keys_of_file(
      read_regular_file(path, kSecretFileBytesMax, "name a variable of the environment by --hooks-secret-env"));
  if (found.size() == 1) return std::move(found.front());
  throw SetupError(path, found.empty() ? "there is no secret in this file" : "there is more than one secret in this file",
                   found.empty() ? kMakeSecret : "Leave one.");
}

std::string secret_of(const ServeSettings& settings, const Environment& environment) {
  if (!settings.hooks_secret_file.empty() && !settings.hooks_secret_variable.empty())
    throw SetupError("--hooks-secret-env", "there is --hooks-secret-file as well", "Keep one of them.");
  if (!settings.hooks_secret_file.empty()) return secret_of_file(settings.hooks_secret_file);
  if (settings.hooks_secret_variable.empty())
    throw SetupError("--hooks-url", "there is no secret to sign requests with",
                     "Name it by --hooks-secret-file or --hooks-secret-env.");
  auto secret = environment(settings.hooks_secret_variable);
  if (!secret || secret->empty())
    throw SetupError("--hooks-secret-env " + settings.hooks_secret_variable, "the environment has no such variable",
                     "Set it, or name another; not the secret itself.");
  return std::move(*secret);
}

std::vector<core::HookVerb> verbs_of(const std::vector<std::string>& texts) {
  std::vector<core::HookVerb> verbs;
  for (const std::string& text : texts)
    for (const std::string& name : split_at_commas(text)) verbs.push_back(webhooks::hook_verb_of(name).value());
  return verbs;
}

void refuse_without_url(const ServeSettings& settings) {
  const std::array<std::pair<const char*, bool>, 5> set = {{{"--hooks-secret-file", !settings.hooks_secret_file.empty()},
                                                            {"--hooks-secret-env", !settings.hooks_secret_variable.empty()},
                                                            {"--hooks-verbs", !settings.hooks_verbs.empty()},
                                                            {"--hooks-rooms", !settings.hooks_rooms.empty()},
                                                            {"--hooks-fail", !settings.hooks_fail.empty()}}};
  for (const auto& [name, is_set] : set)
    if (is_set) throw SetupError(name, "there is no backend to ask", "Name it by --hooks-url.");
}

}  // namespace

std::optional<SettingError> check_hook_verbs(const std::string& text) {
  for (const std::string& name : split_at_commas(text))
    if (!webhooks::hook_verb_of(name))
      return SettingError{"\"" + name + "\" is nothing that a backend is asked",
                          "Write some of connect, join, publish, leave and disconnect, with commas between."};
  return {};
}

std::optional<SettingError> check_hook_failure(const std::string& text) {
  if (text == "open" || text == "closed") return {};
  return SettingError{"\"" + text + "\" is neither open nor closed",
                      "Write open (what was not answered is allowed) or closed (it is refused, and clients try again)."};
}

webhooks::WebhookSettings webhook_settings(const ServeSettings& settings, const Environment& environment) {
  webhooks::WebhookSettings webhooks;
  if (settings.hooks_url.empty()) {
    refuse_without_url(settings);
    return webhooks;
  }
  webhooks.url = settings.hooks_url;
  webhooks.secret = secret_of(settings, environment);
  webhooks.verbs = verbs_of(settings.hooks_verbs);
  for (const std::string& text : settings.hooks_rooms)
    for (std::string& room : split_at_commas(text)) webhooks.rooms.push_back(std::move(room));
  webhooks.timeout_ms = settings.hooks_timeout_ms;
  if (!settings.hooks_fail.empty())
    webhooks.fail = settings.hooks_fail == "open" ? webhooks::HookFailure::open : webhooks::HookFailure::closed;
  if (auto fault = webhooks::fault_of(webhooks)) {
    const std::string secret =
        settings.hooks_secret_file.empty() ? "--hooks-secret-env " + settings.hooks_secret_variable : settings.hooks_secret_file;
    throw SetupError(fault->where == "secret" ? secret : place_of(fault->where), fault->problem, fault->advice);
  }
  const bool asks_connect =
      std::find(webhooks.verbs.begin(), webhooks.verbs.end(), core::HookVerb::connect) != webhooks.verbs.end();
  if (asks_connect && settings.hello_timeout_ms <= settings.hooks_timeout_ms)
    throw SetupError("--hello-timeout-ms " + std::to_string(settings.hello_timeout_ms),
                     "the backend may take " + std::to_string(settings.hooks_timeout_ms) +
                         " ms to answer whether a client may connect (--hooks-timeout-ms), and by then it would be disconnected",
                     "Write more than that.");
  return webhooks;
}

}  // namespace dialogue::app
