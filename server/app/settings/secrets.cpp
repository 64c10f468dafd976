// See secrets.hpp. No secret is part of a message.
#include "server/app/settings/secrets.hpp"

#include <array>
#include <dialogue/setup_error.hpp>
#include <iterator>

#include "server/api/api_keys.hpp"
#include "server/embed/text_file.hpp"

namespace dialogue::app {
namespace {

constexpr std::size_t kSecretFileBytesMax = 64 * 1024;
constexpr const char* kMakeSecret = "Make one with: openssl rand -hex 32";
constexpr const char* kSecretAdvice = "name an environment variable with a secret by --auth-hs256-env";

/// The keys of one place, beside those that were read before.
void add_keys(auth::KeySet& all, std::variant<auth::KeySet, auth::KeyError> read, const std::string& place) {
  if (auto* keys = std::get_if<auth::KeySet>(&read)) read = auth::joined_keys(all, *keys);
  if (const auto* fault = std::get_if<auth::KeyError>(&read)) throw SetupError(place, fault->problem, fault->advice);
  all = std::get<auth::KeySet>(std::move(read));
}

std::string secret_of_file(const std::string& path) {
  auto found =
      api::api_keys_of_file(read_regular_file(path, kSecretFileBytesMax, "name an environment variable by --hooks-secret-env"));
  if (found.size() == 1) return std::move(found.front());
  throw SetupError(path, found.empty() ? "this file contains no secret" : "this file contains more than one secret",
                   found.empty() ? kMakeSecret : "Leave one.");
}

std::string secret_of(const ProgramOptions& program, const Environment& environment) {
  if (!program.hooks_secret_file.empty() && !program.hooks_secret_env.empty())
    throw SetupError("--hooks-secret-env", "--hooks-secret-file is set as well", "Keep one of them.");
  if (!program.hooks_secret_file.empty()) return secret_of_file(program.hooks_secret_file);
  if (program.hooks_secret_env.empty())
    throw SetupError("--hooks-url", "no secret is set to sign requests", "Name it by --hooks-secret-file or --hooks-secret-env.");
  auto secret = environment(program.hooks_secret_env);
  if (!secret || secret->empty())
    throw SetupError("--hooks-secret-env " + program.hooks_secret_env, "this environment variable is not set",
                     "Set it, or name another variable; do not pass the secret itself.");
  return std::move(*secret);
}

void refuse_without_url(const ProgramOptions& program, const webhooks::WebhookSettings& hooks) {
  const std::array<std::pair<const char*, bool>, 5> set = {{{"--hooks-secret-file", !program.hooks_secret_file.empty()},
                                                            {"--hooks-secret-env", !program.hooks_secret_env.empty()},
                                                            {"--hooks-verbs", !hooks.verbs.empty()},
                                                            {"--hooks-rooms", !hooks.rooms.empty()},
                                                            {"--hooks-fail", hooks.fail.has_value()}}};
  for (const auto& [name, is_set] : set)
    if (is_set) throw SetupError(name, "no backend is set", "Name it by --hooks-url.");
}

}  // namespace

auth::KeySet token_keys(const ProgramOptions& program, const Environment& environment) {
  auth::KeySet keys;
  for (const std::string& path : program.auth_key)
    add_keys(keys, auth::read_keys(read_regular_file(path, auth::kKeyTextBytesMax, kSecretAdvice), auth::KeyOrigin::file), path);
  if (program.auth_hs256_env.empty()) return keys;
  const auto secret = environment(program.auth_hs256_env);
  const std::string place = "--auth-hs256-env " + program.auth_hs256_env;
  if (!secret)
    throw SetupError(place, "this environment variable is not set",
                     "Set it, or name another variable; do not pass the secret itself.");
  add_keys(keys, auth::read_secret_text(*secret), place);
  return keys;
}

std::vector<std::string> api_keys_of(const ProgramOptions& program, const Environment& environment) {
  std::vector<std::string> keys;
  for (const std::string& path : program.api_key_file) {
    auto found =
        api::api_keys_of_file(read_regular_file(path, kSecretFileBytesMax, "name an environment variable by --api-key-env"));
    if (found.empty()) throw SetupError(path, "this file contains no API key", kMakeSecret);
    keys.insert(keys.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  }
  for (const std::string& name : program.api_key_env) {
    auto found = api::api_keys_of_file(environment(name).value_or(std::string()));
    if (found.empty())
      throw SetupError("--api-key-env " + name, "the environment has no " + name + ", or it contains no API key",
                       "Set it to a secret of at least 32 characters.");
    keys.insert(keys.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  }
  return keys;
}

std::string hooks_secret(const Settings& settings, const Environment& environment) {
  const ProgramOptions& program = settings.program;
  webhooks::WebhookSettings hooks = settings.config.hooks;
  if (!hooks.is_set()) {
    refuse_without_url(program, hooks);
    return {};
  }
  hooks.secret = secret_of(program, environment);
  if (auto fault = webhooks::fault_of(hooks); fault && fault->where == "secret")
    throw SetupError(
        program.hooks_secret_file.empty() ? "--hooks-secret-env " + program.hooks_secret_env : program.hooks_secret_file,
        fault->problem, fault->advice);
  return std::move(hooks.secret);
}

}  // namespace dialogue::app
